import { Memory, shortTimings } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const timings = { ...shortTimings, maxFence: 3000 };

describe.each(engineStores)("a re-embedding on $name", { timeout: 60_000 }, ({ make }) => {
  it("lets nobody's write wait for an embedder that hangs, and ends when it answers", async () => {
    const store = make();
    const letters = fakeLetterEmbedder();
    const wide = fakeWideEmbedder();
    const hung = Promise.withResolvers<void>();
    let hangs = 0;
    const embedder = fakeWideEmbedder({
      async embed(texts, options) {
        if (texts.some((text) => text.includes("late")) && hangs === 0) {
          hangs += 1;
          hung.resolve();
          await new Promise(() => {});
        }
        return wide.embed(texts, options);
      },
    });
    const former = { formerEmbedders: [letters] };
    const other = new Memory({ store, embedder: wide, ...former }, timings);
    await new Memory({ store, embedder: letters }, timings).add(["one", "two"], alice);
    const mover = new Memory({ store, embedder, ...former }, timings);
    let late: Promise<unknown> | undefined;
    const phases: string[] = [];
    const reembedding = mover.organization("acme").reembed({
      // The first pass has read what there is: this is found while writes wait.
      onProgress: ({ phase }) => {
        phases.push(phase);
        late ??= other.add("late", alice);
      },
    });
    await hung.promise;
    expect(phases).toContain("switching");
    const start = performance.now();
    await other.add("meanwhile", alice);
    expect(performance.now() - start).toBeLessThan(timings.maxFence);
    await late;
    expect(await reembedding).toMatchObject({ receipt: null });
    const { memories } = await other.list(alice);
    expect(memories.map(({ text }) => text).sort()).toEqual(["late", "meanwhile", "one", "two"]);
    expect((await other.search("late", alice))[0]).toMatchObject({ text: "late" });
  });
});
