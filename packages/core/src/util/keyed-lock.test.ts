import { describe, expect, it } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

/** Runs tasks that note when they begin and end. */
function recorder() {
  const lock = new KeyedLock();
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`+${name}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    events.push(`-${name}`);
  };
  return { lock, events, task };
}

describe("keyed lock", () => {
  it("runs shared tasks side by side and exclusive ones alone, in the order of their arrival", async () => {
    const { lock, events, task } = recorder();
    await Promise.all([
      lock.shared("k", task("s1")),
      lock.shared("k", task("s2")),
      lock.exclusive("k", task("x1")),
      lock.shared("k", task("s3")),
      lock.exclusive("k", task("x2")),
    ]);
    expect(events).toEqual(["+s1", "+s2", "-s1", "-s2", "+x1", "-x1", "+s3", "-s3", "+x2", "-x2"]);
  });

  it("lets keys go their own ways", async () => {
    const { lock, events, task } = recorder();
    await Promise.all([lock.exclusive("a", task("a")), lock.exclusive("b", task("b"))]);
    expect(events).toEqual(["+a", "+b", "-a", "-b"]);
  });

  it("goes on after a task that failed", async () => {
    const { lock, events, task } = recorder();
    const failing = lock.exclusive("k", () => Promise.reject(new Error("no")));
    const after = lock.exclusive("k", task("x"));
    await expect(failing).rejects.toThrow("no");
    await after;
    expect(events).toEqual(["+x", "-x"]);
  });
});
