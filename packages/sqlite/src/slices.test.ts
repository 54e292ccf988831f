import { type Embedder, Memory } from "@loci/core";
import { namespaceKey, scopeFilter, type VectorRecord } from "@loci/core/store";
import { expect, it, onTestFinished } from "vitest";
import { acme, temporaryFolder } from "./database-folder.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
/** So wide that a few hundred vectors are more than one slice. */
const dimensions = 8192;

/** A fake vector: near to the query by its first number. Every third has the same. */
function vectorOf(index: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const near = index % 3 === 0 ? 0.5 : ((index * 7919) % 600) / 601;
  vector[0] = near;
  vector[1] = Math.sqrt(1 - near * near);
  return vector;
}

function record(index: number): VectorRecord {
  return {
    id: `record-${index}`,
    namespace: key,
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: 1, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 },
    keywords: { own: [], before: [], after: [] },
    payload: "a payload",
    vector: vectorOf(index),
  };
}

it("finds the nearest of all slices, equal ones in the order of their rows", async () => {
  const store = sqlite({ directory: temporaryFolder() });
  onTestFinished(() => store.close());
  const create = { ...identity, scheme: 1, embedder: { id: "fake", dimensions }, createdAt: 1 } as const;
  const namespace = await store.open({ key, create });
  const all = Array.from({ length: 600 }, (_, index) => index);
  await namespace.upsert({ records: all.map(record) });
  const query = new Float32Array(dimensions);
  query[0] = 1;
  const found = await namespace.search({ vector: query, scope: scopeFilter({}, "within"), limit: 600 });
  const near = (index: number) => vectorOf(index)[0] as number;
  const wanted = all.toSorted((a, b) => near(b) - near(a) || a - b);
  expect(found.map(({ record: { id } }) => id)).toEqual(wanted.map((index) => `record-${index}`));
});

it("keeps whole what was written before an abort, and the rest is added by the same call again", async () => {
  const directory = temporaryFolder();
  const fakeEmbedder: Embedder = {
    specVersion: 1,
    id: "fake",
    maxBatch: 1000,
    describe: async () => ({ id: "fake", dimensions: 2 }),
    embed: async (texts) => texts.map(() => Float32Array.from([1, 0])),
  };
  const memory = new Memory({ store: sqlite({ directory }), embedder: fakeEmbedder });
  onTestFinished(() => memory.close());
  await memory.add("The first one", acme);
  const texts = Array.from(
    { length: 2000 },
    (_, index) => `Text number${index} of many, long enough to take a while`,
  );
  const controller = new AbortController();
  const adding = memory.add(texts, { ...acme, signal: controller.signal });
  const outcome = adding.then(
    () => "added",
    (error: Error) => error.name,
  );
  const countStored = async () => {
    let [count, cursor] = [0, undefined as string | undefined];
    do {
      const page = await memory.list({ ...acme, limit: 1000, ...(cursor ? { cursor } : {}) });
      count += page.memories.length;
      cursor = page.cursor;
    } while (cursor);
    return count;
  };
  while ((await countStored()) === 1) await new Promise(setImmediate);
  controller.abort();
  expect(await outcome).toBe("AbortError");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stored = await countStored();
  expect(stored).toBeGreaterThan(1);
  expect(stored).toBeLessThan(2001);
  const { memories } = await memory.list({ ...acme, limit: 1 });
  const [newest] = memories;
  // The last one that was written has its words, and its vector.
  const [found] = await memory.search(newest?.text ?? "", { ...acme, limit: 1, explain: true });
  expect(found?.text).toBe(newest?.text);
  expect(found?.explanation?.similarity).toBeCloseTo(1);
  const { results } = await memory.add(texts, acme);
  expect(results.filter(({ status }) => status === "unchanged").length).toBe(stored - 1);
  expect(await countStored()).toBe(2001);
});
