import { Memory, type VectorStore } from "@loci/core";
import { fakeWordEmbedder, makeText } from "./against/steps.ts";
import type { Figure, Section } from "./report.ts";

/** What an application's other work may have to wait, in milliseconds. */
const longest = 50;
const acme = { orgId: "acme" };
const alice = { ...acme, userId: "alice" };
const batch = 1000;
/** The most that one call adds. */
const most = 10_000;
const hour = 60 * 60 * 1000;

/**
 * The longest time for which each operation on many memories holds the event loop: what else a process does has to wait for that
 * long. On a shared machine some of it is the machine's: what this process itself has worked meanwhile says how much.
 * @param makeStore a store of its own for each name
 */
export async function benchPauses(
  store: string,
  makeStore: (name: string) => VectorStore,
  count: number,
): Promise<Section> {
  const registry = makeStore("registry");
  const cells = { one: { store: makeStore("one") }, two: { store: makeStore("two") } };
  const memory = new Memory({ cells, registry, embedder: fakeWordEmbedder() });
  const figures: Figure[] = [];
  const measure = async (name: string, run: () => Promise<unknown>) => {
    const { clock, processor } = await longestPause(run);
    const met = processor <= longest;
    const value = `${clock.toFixed(0)} ms by clock, ${processor.toFixed(0)} ms of work`;
    figures.push({ name, value, ratio: processor, aim: `at most ${longest} ms of work`, met });
  };
  const add = async (scope: typeof acme, memories: number, expiresAt?: Date) => {
    for (let added = 0; added < memories; added += batch)
      await memory.add(Array.from({ length: batch }, makeText), {
        ...scope,
        ...(expiresAt ? { expiresAt } : {}),
      });
  };
  await memory.organization("acme").onboard();
  const texts = Array.from({ length: Math.min(count, most) }, makeText);
  await measure(`add ${texts.length} at once`, () => memory.add(texts, acme));
  await add(acme, count - texts.length);
  await measure("search", async () => {
    for (let asked = 0; asked < 10; asked++) await memory.search(makeText(), acme);
  });
  await measure("list to the end", async () => {
    let cursor: string | undefined;
    do {
      ({ cursor } = await memory.list({ ...acme, limit: 1000, ...(cursor ? { cursor } : {}) }));
    } while (cursor);
  });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  await measure("export", async () => {
    for await (const chunk of await memory.organization("acme").export()) chunks.push(new Uint8Array(chunk));
  });
  await measure("import", () =>
    memory.organization("copy").import(new Blob(chunks).stream(), { from: "acme" }),
  );
  const { organizations } = await memory.organizations();
  const to = organizations.find(({ orgId }) => orgId === "copy")?.cell === "one" ? "two" : "one";
  await measure("move", () => memory.organization("copy").move({ to: { cell: to } }));
  await measure("delete all", () => memory.deleteAll(acme));
  await add(alice, count);
  await measure("forget a user", () => memory.scope(alice).forget());
  await add(alice, count, new Date(Date.now() + 24 * hour));
  // A fake clock, a day and an hour ahead.
  const now = Date.now;
  Date.now = () => now() + 25 * hour;
  await measure("expire", async () => {
    // Each write takes away some of what has expired.
    for (let writes = 0; writes < 20; writes++) await memory.add(makeText(), acme);
  });
  Date.now = now;
  await measure("offboard", () => memory.organization("copy").offboard());
  await memory.close();
  return { title: `The longest pause of the event loop with ${count} memories, ${store}`, figures };
}

/** Runs a task beside a timer that should be called each millisecond, and says how long it was not. */
async function longestPause(
  run: () => Promise<unknown>,
): Promise<{ readonly clock: number; readonly processor: number }> {
  globalThis.gc?.();
  const now = () => {
    const { user, system } = process.cpuUsage();
    return { clock: performance.now(), processor: (user + system) / 1000 };
  };
  const most = { clock: 0, processor: 0 };
  let last = now();
  const look = () => {
    const next = now();
    most.clock = Math.max(most.clock, next.clock - last.clock);
    // Other threads of the process work at the same time.
    most.processor = Math.max(
      most.processor,
      Math.min(next.clock - last.clock, next.processor - last.processor),
    );
    last = next;
  };
  const timer = setInterval(look, 1);
  await run();
  clearInterval(timer);
  look();
  return most;
}
