import { chosenEffort } from "@loci/backends";
import { inMemory, type MemoryOptions } from "@loci/core";
import { defaultTimings, Memory, shortTimings } from "@loci/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { acme, everything } from "./sample-organization.ts";
import { slowly } from "./slow-store.ts";
import { allStores } from "./stores.ts";

describe.each(allStores)("an organization on $name", { timeout: 600_000 }, ({ make, share }) => {
  // A request takes a server about as long as a short lease.
  const timings = share < 1 ? defaultTimings : shortTimings;
  const { lease } = timings;

  it.each(["moves", "is re-embedded"])("loses no write of any process while it %s", async (how) => {
    const script = fc.array(
      fc.record({
        what: fc.constantFrom("add", "add", "update", "delete"),
        word: fc.constantFrom("ash", "birch", "cedar", "elm", "fir"),
        pause: fc.integer({ min: 0, max: Math.round(lease / 4) }),
      }),
      { minLength: 10, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(fc.tuple(script, script, script), async (scripts) => {
        const stores = { here: make(), there: inMemory() };
        const registry = inMemory();
        const old = fakeLetterEmbedder();
        const models = { embedder: fakeWideEmbedder(), formerEmbedders: [old] };
        const process = (delay: number, embedders: Partial<MemoryOptions> = models) => {
          const [here, there] = [slowly(stores.here, delay), slowly(stores.there, delay)];
          const cells = { here: { store: here }, there: { store: there } };
          return new Memory({ cells, registry, ...embedders }, timings);
        };
        await process(0, { embedder: old }).add(["oak", "pine"], acme);
        // Within the time for which a process relies on the directory, and beyond it.
        const processes = [0, 0.7 * lease, 1.4 * lease].map((delay) => process(delay));
        const mover = process(0);
        const reader = process(0);
        const start = (await mover.organizations()).organizations[0]?.cell;
        let isOver = false;
        const writers = scripts.map(async (steps, index) => {
          const memory = processes[index] as Memory;
          const scope = { orgId: "acme", userId: `writer-${index}` };
          const texts = new Map<string, string>();
          for (let round = 0; !isOver; round++) {
            for (const { what, word, pause } of steps) {
              if (isOver) break;
              const [id] = [...texts].find(([, text]) => text.startsWith(word)) ?? [];
              if (what === "add" || id === undefined) {
                const text = `${word} ${round}`;
                const { results } = await memory.add(text, scope);
                texts.set(results[0]?.id ?? "", text);
              } else if (what === "update") {
                const text = `${word} changed ${round} ${pause}`;
                await memory.update(id, { text }, scope);
                texts.set(id, text);
              } else {
                await memory.delete(id, scope);
                texts.delete(id);
              }
              // Another process, which only reads, sees what was acknowledged, at once.
              const seen = await reader.list({ ...scope, levels: "own", limit: 1000 });
              expect(seen.memories.map(({ text }) => text).sort()).toEqual([...texts.values()].sort());
              await new Promise((resolve) => setTimeout(resolve, pause));
            }
          }
          return { scope, texts };
        });
        const cell = start === "here" ? "there" : "here";
        const migrated =
          how === "moves"
            ? mover.organization(acme.orgId).move({ to: { cell } })
            : mover.organization(acme.orgId).reembed();
        const watched = migrated.finally(async () => {
          // What is kept is not dropped: whoever still relied on it would not notice by itself.
          await new Promise((resolve) => setTimeout(resolve, how === "moves" ? 0 : 2 * lease));
          isOver = true;
        });
        const polled = (async () => {
          for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 20))) await everything(reader);
        })();
        const [result, ...done] = await Promise.all([watched, ...writers]);
        await polled;
        expect(result.cell).toBe(how === "moves" ? cell : start);
        for (const { scope, texts } of done) {
          const left = await mover.list({ ...scope, levels: "own", limit: 1000 });
          expect(new Map(left.memories.map(({ id, text }) => [id, text]))).toEqual(texts);
        }
      }),
      { numRuns: share < 1 ? 1 : Math.ceil(chosenEffort().traces / 20), endOnFailure: true },
    );
  });
});
