import { chosenEffort } from "@loci/backends";
import { inMemory, type VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { alice, type Operation, operations, setUp } from "./every-operation.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

/** Closes twice while an operation is at its so-many-th foreign call. @returns whether it came so far */
async function closeAt(make: () => VectorStore, run: Operation, at: number): Promise<boolean> {
  const events: string[] = [];
  const world = await setUp(() => {
    const store = make();
    const close = async () => {
      events.push("released");
      await store.close();
    };
    return { ...store, close };
  });
  let seen = 0;
  let closing: Promise<unknown> = Promise.resolve();
  let where: string | undefined;
  world.before(async (name) => {
    events.push(name);
    seen += 1;
    if (seen !== at) return;
    where = name;
    // The second process of a re-embedding has a memory of its own.
    closing = Promise.all([world.last().close(), world.last().close()]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  await run(world, { signal: new AbortController().signal });
  if (where === undefined) return false;
  await expect(world.last().list(alice)).rejects.toMatchObject({ code: "CLOSED" });
  await closing;
  const released = events.indexOf("released");
  expect(released, `closed at ${where}`).toBeGreaterThan(-1);
  expect(events.slice(released).filter((event) => event !== "released")).toEqual([]);
  await world.last().close();
  return true;
}

/** An export is pulled by its reader: what is not read when the memory is closed is not read any more. */
const pulled = ["export", "export of a scope"];

describe.each(allStores)("a close on $name", { timeout: 300_000 }, ({ make, share }) => {
  it.each(Object.entries(operations).filter(([name]) => !pulled.includes(name)))(
    "lets %s end that is under way, wherever it is, and then releases the store",
    async (_, run) => {
      const { isQuick, everyStore } = chosenEffort();
      const step = share < 1 || isQuick ? 7 : everyStore ? 1 : 3;
      for (let at = 1; await closeAt(make, run, at); at += step);
    },
  );

  it("ends an export that is being read with an error, and never with half of it", async () => {
    const { memory } = await setUp(make);
    const reader = (await memory.organization("acme").export()).getReader();
    await memory.close();
    const read = async () => {
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read());
    };
    await expect(read()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("a close of what hangs", () => {
  afterEach(() => void vi.useRealTimers());

  it("is over after ten seconds", async () => {
    const asked = Promise.withResolvers<void>();
    const embedder = fakeLetterEmbedder({
      embed: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const memory = new Memory({ store: inMemory(), embedder });
    void memory.add("never", alice).catch(() => {});
    await asked.promise;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let closed = 0;
    const closing = [memory.close(), memory.close()].map((close) => close.then(() => (closed += 1)));
    await vi.advanceTimersByTimeAsync(9900);
    expect(closed).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(closing);
  });
});
