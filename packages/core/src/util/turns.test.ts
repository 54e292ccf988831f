import { describe, expect, it } from "vitest";
import { Turns } from "./turns.ts";

const maxWait = 10_000;

/** A task that ends when it is told to. */
function held() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, task: () => ended };
}

describe("Turns", () => {
  it("runs the tasks of one key one after another, and those of others beside them", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const first = held();
    const running = [
      turns.take("a", { maxWait }, async () => {
        await first.task();
        seen.push("a1");
      }),
      turns.take("a", { maxWait }, async () => void seen.push("a2")),
      turns.take("b", { maxWait }, async () => void seen.push("b1")),
    ];
    await running[2];
    expect(seen).toEqual(["b1"]);
    first.end();
    await Promise.all(running);
    expect(seen).toEqual(["b1", "a1", "a2"]);
  });

  it("lets a task begin although the one before it hangs", async () => {
    const turns = new Turns();
    const hanging = held();
    const first = turns.take("a", { maxWait }, hanging.task);
    expect(await turns.take("a", { maxWait: 5 }, async () => "second")).toBe("second");
    hanging.end();
    await first;
  });

  it("ends a wait with its signal, and gives the turn on after a failure", async () => {
    const turns = new Turns();
    const hanging = held();
    const first = turns.take("a", { maxWait }, hanging.task);
    const signal = AbortSignal.timeout(5);
    await expect(turns.take("a", { maxWait, signal }, async () => "never")).rejects.toThrow("timeout");
    const failing = turns.take("a", { maxWait }, async () => {
      throw new Error("failed");
    });
    const third = turns.take("a", { maxWait }, async () => "third");
    hanging.end();
    await first;
    await expect(failing).rejects.toThrow("failed");
    expect(await third).toBe("third");
  });
});
