import { type Embedder, inMemory, ModelError, type SearchResult, type VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { engineStores, findsWords } from "./stores.ts";

const acme = { orgId: "acme" };
const letters = fakeLetterEmbedder();

/** A fake embedder that says which texts it was given. */
function watched(changes: Partial<Embedder> = {}, fail: (texts: readonly string[]) => boolean = () => false) {
  const seen: string[] = [];
  const { scatter: _, ...unmeasured } = letters;
  const embedder: Embedder = {
    ...unmeasured,
    ...changes,
    async embed(texts, options) {
      seen.push(...texts);
      if (fail(texts)) throw new ModelError("no server", { model: "fake", problem: "unreachable" });
      return (changes.embed ?? letters.embed)(texts, options);
    },
  };
  return { embedder, seen };
}

const isProbe = (text: string) => text === "Where does she live now?";

/** The scatter and the weight that the best result of a search explains. */
async function explained(memory: Memory, query = "zebra") {
  const [best] = await memory.search(query, { ...acme, explain: true });
  const { scatter, keyword } = (best as SearchResult).explanation ?? {};
  return { scatter, weight: keyword?.weight ?? Number.NaN };
}

/** A store whose manifests are as they were before they had a scatter. */
function withoutScatter(store: VectorStore): VectorStore {
  return {
    ...store,
    open: ({ create, ...request }) => {
      if (!create) return store.open(request);
      const { scatter: _, ...manifest } = create;
      return store.open({ ...request, create: manifest });
    },
  };
}

describe.each(engineStores.filter(findsWords))("the weight of keywords on $name", ({ make }) => {
  it("is four deviations of the embedder's cosines, measured once and kept", async () => {
    const store = make();
    const first = watched();
    const memory = new Memory({ store, embedder: first.embedder });
    await memory.add("a zebra", acme);
    await memory.add("a zebra again", { orgId: "rival" });
    const { scatter, weight } = await explained(memory);
    // Any two texts share many letters.
    expect(scatter?.mean).toBeGreaterThan(0.5);
    expect(scatter?.deviation).toBeGreaterThan(0.01);
    expect(scatter?.deviation).toBeLessThan(0.15);
    expect(weight).toBeCloseTo(4 * (scatter?.deviation ?? 0));
    expect(first.seen.filter(isProbe)).toHaveLength(1);
    const second = watched();
    expect(await explained(new Memory({ store, embedder: second.embedder }))).toEqual({ scatter, weight });
    expect(second.seen).toEqual(["zebra"]);
  });

  it("is the same for two processes that measure at once", async () => {
    const store = make();
    const memories = [0.02, 0.08].map(
      (deviation) => new Memory({ store, embedder: watched({ scatter: { mean: 0.5, deviation } }).embedder }),
    ) as [Memory, Memory];
    await Promise.all(memories.map((memory, index) => memory.add(`zebra ${index}`, acme)));
    const [one, other] = await Promise.all(memories.map((memory) => explained(memory)));
    expect(one).toEqual(other);
    expect([0.02, 0.08]).toContain(one?.scatter?.deviation);
  });
});

describe("the weight of keywords", () => {
  it("is measured by the first search where the manifest does not say it", async () => {
    const store = withoutScatter(inMemory());
    await new Memory({ store, embedder: watched().embedder }).add("a zebra", acme);
    const later = watched();
    const memory = new Memory({ store, embedder: later.embedder });
    const [one, other] = await Promise.all([explained(memory), explained(memory)]);
    expect(one?.scatter).toBeDefined();
    expect(other).toEqual(one);
    expect(later.seen.filter(isProbe)).toHaveLength(1);
  });

  it("is the usual one where it cannot be measured, which fails nothing and is not tried again at once", async () => {
    const { embedder, seen } = watched({}, (texts) => texts.some(isProbe));
    const memory = new Memory({ store: inMemory(), embedder });
    await memory.add("a zebra", acme);
    for (let round = 0; round < 3; round++)
      expect(await explained(memory)).toEqual({ scatter: undefined, weight: 0.4 });
    expect(seen.filter(isProbe)).toHaveLength(1);
  });

  it.each<[string, Partial<Embedder>, number]>([
    ["one vector for all", { embed: async (texts) => texts.map(() => new Float32Array(26).fill(1)) }, 0.04],
    [
      "opposite vectors",
      { embed: async (texts) => texts.map((_, at) => new Float32Array(26).fill(at % 2 ? 1 : -1)) },
      0.6,
    ],
    ["a scatter that is none", { scatter: { mean: Number.NaN, deviation: -1 } }, Number.NaN],
  ])("is bounded for an embedder with %s", async (_, changes, weight) => {
    const memory = new Memory({ store: inMemory(), embedder: watched(changes).embedder });
    await memory.add("a zebra", acme);
    const found = await explained(memory);
    if (Number.isNaN(weight)) expect(found.scatter?.deviation).toBeGreaterThan(0);
    else expect(found.weight).toBeCloseTo(weight);
  });

  it("is another one for another embedder, once it has embedded everything again", async () => {
    const store = inMemory();
    const former = watched({ scatter: { mean: 0.5, deviation: 0.02 } }).embedder;
    const embedder = fakeWideEmbedder({ scatter: { mean: 0.1, deviation: 0.08 } });
    await new Memory({ store, embedder: former }).add("a zebra", acme);
    const memory = new Memory({ store, embedder, formerEmbedders: [former] });
    expect((await explained(memory)).weight).toBeCloseTo(0.08);
    await memory.organization("acme").reembed();
    expect((await explained(memory)).weight).toBeCloseTo(0.32);
  });
});
