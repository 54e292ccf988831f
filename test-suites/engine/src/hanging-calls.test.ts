import { chosenEffort } from "@loci/backends";
import type { VectorStore } from "@loci/core";
import { describe, expect, it } from "vitest";
import {
  alice,
  bob,
  type Operation,
  operations,
  say,
  setUp,
  stopping,
  type World,
} from "./every-operation.ts";
import { engineStores } from "./stores.ts";

/** What hangs here is fake, and the same on every store. */
const embedded = engineStores.filter(({ name }) => name === "in-memory");

/** Runs an operation whose so-many-th foreign call hangs, and every one after it where `forever` is set. */
async function hang(
  make: () => VectorStore,
  run: Operation,
  at: number,
  { forever = false, meanwhile = async () => {} }: Hanging = {},
): Promise<string | undefined> {
  const world = await setUp(make);
  const controller = new AbortController();
  const reason = new Error("enough");
  const hung = Promise.withResolvers<string>();
  let seen = 0;
  world.before((called) => {
    seen += 1;
    if (seen < at || (seen > at && !forever)) return;
    hung.resolve(called);
    return new Promise<never>(() => {});
  });
  const ended = run(world, { signal: controller.signal }).then(
    () => "done",
    (error: unknown) => error,
  );
  const where = await Promise.race([hung.promise, ended.then(() => undefined)]);
  // It was over before.
  if (where === undefined) return undefined;
  await meanwhile(world);
  const start = performance.now();
  controller.abort(reason);
  const how = await Promise.race([
    ended,
    new Promise((resolve) => setTimeout(() => resolve("still hangs"), patience)),
  ]);
  expect(how, `call ${at}, ${where}, after ${Math.round(performance.now() - start)} ms`).toBe(reason);
  return where;
}

interface Hanging {
  readonly forever?: boolean;
  readonly meanwhile?: (world: World) => Promise<void>;
}

/** How long an operation may take to end, in milliseconds: a store that obeys no signal is waited for a little. */
const patience = 5000;

/** Hangs an operation at each of its foreign calls, some at a time. */
async function hangEverywhere(make: () => VectorStore, run: Operation, how: Hanging): Promise<number> {
  const atOnce = 60;
  const step = chosenEffort().isQuick ? 5 : 1;
  for (let first = 1; ; first += atOnce * step) {
    const numbers = Array.from({ length: atOnce }, (_, index) => first + index * step);
    const hung = await Promise.all(numbers.map((at) => hang(make, run, at, how)));
    const places = hung.filter((where) => where !== undefined);
    if (places.length < atOnce) return first - 1 + places.length * step;
  }
}

describe.each(embedded)("a call that hangs on $name", { timeout: 300_000 }, ({ make }) => {
  it.each(Object.entries(operations))("ends %s with its signal, wherever it hangs", async (_, run) => {
    expect(await hangEverywhere(make, run, {})).toBeGreaterThan(0);
  });

  it.each(Object.entries(operations))(
    "ends %s with its signal, where everything hangs from some moment on",
    async (_, run) => {
      expect(await hangEverywhere(make, run, { forever: true })).toBeGreaterThan(0);
    },
  );

  it.each(Object.entries(operations).filter(([name]) => !stopping.includes(name)))(
    "keeps nobody else waiting, wherever %s hangs",
    async (_, run) => {
      const meanwhile = async ({ memory }: World) => {
        const start = performance.now();
        const raw = { ...bob, infer: false };
        const { results } = await memory.add(say("a mule"), raw);
        const id = results[0]?.id ?? "";
        await memory.update(id, { text: "a donkey" }, bob);
        expect((await memory.search("a donkey", bob)).map(({ text }) => text)).toContain("a donkey");
        await memory.delete(id, bob);
        await memory.add(say("of the user itself"), { ...alice, infer: false });
        expect((await memory.scope(bob).forget()).memories).toBe(1);
        expect((await memory.list(bob)).memories).toEqual([]);
        expect(performance.now() - start).toBeLessThan(patience);
      };
      expect(await hangEverywhere(make, run, { meanwhile })).toBeGreaterThan(0);
    },
  );
});
