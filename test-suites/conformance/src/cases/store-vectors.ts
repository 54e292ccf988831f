import {
  type Namespace,
  type NamespaceKey,
  namespaceKey,
  type StoredRecord,
  type VectorRecord,
  type VectorStore,
} from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  idsOf,
  manifestOf,
  nameOf,
  openOrganization,
  placementAt,
  recordOf,
  same,
  textOf,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { wholeProblem } from "../oracles/whole-records.ts";

/** Whose vectors come back, and as what, in the bare store. */
export const storeVectors: readonly ConformanceCase[] = [
  {
    id: "vectors-belong-to-their-record",
    claim: "A vector comes back with the record that it was written with, and with no other of the same id.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const rival = await openOrganization(store, "rival");
      await rival.namespace.upsert({ records: [pointing(rival.key, 7, { id: "one" })] });
      const { key, namespace } = await openOrganization(store, "acme");
      const owners = [
        ["", ""],
        ["alice", ""],
        ["bob", ""],
        ["carol", ""],
        ["alice", "bot"],
      ].map(([user = "", agent]) => placementAt(user, agent));
      const records = owners.map((scopeKey, index) =>
        // carol's has none, and takes nobody else's.
        scopeKey.user === "carol"
          ? withoutVector(pointing(key, index, { id: "one", scopeKey }))
          : pointing(key, index, { id: "one", scopeKey }),
      );
      const look = async (expected: readonly VectorRecord[]) => {
        for (const scopeKey of owners) {
          const scope = visibleFrom(scopeKey, "own");
          const own = expected.filter((record) => record.scopeKey === scopeKey);
          const ways: Record<string, () => Promise<readonly StoredRecord[]>> = {
            get: () => namespace.get({ ids: ["one"], scope, vectors: true }),
            list: async () => (await namespace.list({ scope, limit: 9, vectors: true })).records,
          };
          for (const [way, read] of Object.entries(ways)) {
            const found = await read();
            check(
              found.length === own.length,
              () =>
                `${nameOf(scopeKey)} has ${own.length} records of its id, and read ${found.length} by ${way}.`,
              found.length > own.length,
            );
            const problem = wholeProblem(own, found, true);
            check(problem === undefined, () => `${nameOf(scopeKey)}, by ${way} with vectors: ${problem}`);
          }
        }
        const all = await namespace.get({ ids: ["one"], scope: everything, vectors: true });
        for (const record of expected) {
          const found = all.filter((one) => nameOf(one.scopeKey) === nameOf(record.scopeKey));
          const problem = wholeProblem([record], found, true);
          check(problem === undefined, () => `Read with everybody's, ${nameOf(record.scopeKey)}: ${problem}`);
        }
      };
      await namespace.upsert({ records });
      await look(records);
      // One loses its vector, and another goes.
      const changed = withoutVector(pointing(key, 1, { id: "one", scopeKey: owners[1] as never }));
      const alice = { ...changed, scopeKey: owners[1] as VectorRecord["scopeKey"] };
      await namespace.upsert({ records: [alice] });
      await namespace.delete({ ids: ["one"], scope: visibleFrom(owners[2] as never, "own") });
      await look(records.flatMap((record, index) => (index === 1 ? [alice] : index === 2 ? [] : [record])));
    },
  },
  {
    id: "vectors-compare-as-they-are",
    claim:
      "A search scores every record that has a vector by its cosine, negative ones and wide vectors too, and finds none that has no vector.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const alike = vectorOf("alike");
      const vectors: Record<string, Float32Array> = {
        ...Object.fromEntries(
          [0, 3, 7].flatMap((axis) => [
            [`axis ${axis}`, unit(axis)],
            [`against axis ${axis}`, unit(axis, -1)],
          ]),
        ),
        alike,
        opposite: alike.map((value) => -value),
        "with tiny parts": normal([1, 1e-20, -1e-20, 1e-38, 0, 0, 0, 0]),
        "half against": normal([-1, 1, 1, -1, 1, -1, 1, 1]),
      };
      const records = [
        ...Object.entries(vectors).map(([text, vector]) => recordOf(key, text, { vector })),
        ...["none", "none either"].map((text) => withoutVector(recordOf(key, text))),
      ];
      await namespace.upsert({ records });
      const read = await namespace.get({ ids: idsOf(records), scope: everything, vectors: true });
      const problem = wholeProblem(records, read, true);
      check(problem === undefined, () => `Read by get with vectors: ${problem}`);
      const listed = (await namespace.list({ scope: everything, limit: 99, vectors: true })).records;
      const otherwise = wholeProblem(records, listed, true);
      check(otherwise === undefined, () => `Read by list with vectors: ${otherwise}`);
      for (const [name, query] of Object.entries(vectors)) {
        const hits = await namespace.search({ scope: everything, vector: query, limit: 99 });
        check(
          same(textsOf(hits.map(({ record }) => record)), Object.keys(vectors).toSorted()),
          () =>
            `Asked with "${name}" for all ${Object.keys(vectors).length} records with a vector, a search found ${hits.length}.`,
        );
        for (const [index, { record, score }] of hits.entries()) {
          const cosine = dot(query, vectors[textOf(record)] as Float32Array);
          check(
            Math.abs(score - cosine) < 1e-4,
            () => `The cosine of "${name}" and "${textOf(record)}" is ${cosine}, and the score ${score}.`,
          );
          check(
            index === 0 || score <= (hits[index - 1]?.score ?? 0),
            () => `Asked with "${name}", a search returned the score ${score} after a lower one.`,
          );
        }
      }
      await checkWide(store, check);
      const manifest = { ...manifestOf("acme", 2), embedder: null };
      const { key: bareKey } = await openOrganization(store, "beta");
      await store.drop({ key: bareKey });
      await checkWithoutEmbedder(await store.open({ key: bareKey, create: manifest }), bareKey, check);
    },
  },
];

/** As many dimensions as the widest embedders in use have. */
const wide = 4096;

/** A namespace of wide vectors, which differ where a narrower column would have ended. */
async function checkWide(
  store: VectorStore,
  check: (holds: boolean, seen: () => string) => void,
): Promise<void> {
  const manifest = { ...manifestOf("wide"), embedder: { id: "wide", dimensions: wide } };
  const key = namespaceKey(manifest);
  const namespace = await store.open({ key, create: manifest });
  const at = [0, 767, 1023, 1535, 1999, 2000, 3071, 4095];
  const vectors = at.map((axis) => Float32Array.from({ length: wide }, (_, index) => Number(index === axis)));
  const records = at.map((axis, index) =>
    recordOf(key, `at ${axis}`, { vector: vectors[index] as Float32Array }),
  );
  await namespace.upsert({ records });
  const read = await namespace.get({ ids: idsOf(records), scope: everything, vectors: true });
  const problem = wholeProblem(records, read, true);
  check(problem === undefined, () => `Of ${wide} dimensions: ${problem}`);
  for (const [index, vector] of vectors.entries()) {
    const [hit] = await namespace.search({ scope: everything, vector, limit: 1 });
    const seen = hit ? `${textOf(hit.record)} with ${hit.score}` : "nothing";
    check(
      hit?.record.id === records[index]?.id && Math.abs((hit?.score ?? 0) - 1) < 1e-4,
      () => `Of ${wide} dimensions, a search along ${at[index]} found ${seen}.`,
    );
  }
}

/** A namespace that no embedder has made vectors for. */
async function checkWithoutEmbedder(
  namespace: Namespace,
  key: NamespaceKey,
  check: (holds: boolean, seen: () => string) => void,
): Promise<void> {
  const record = withoutVector(recordOf(key, "plain"));
  await namespace.upsert({ records: [record] });
  const near = await namespace.search({ scope: everything, vector: vectorOf("plain"), limit: 9 });
  check(near.length === 0, () => `Where no record can have a vector, a search by one found ${near.length}.`);
  const read = await namespace.get({ ids: [record.id], scope: everything, vectors: true });
  const problem = wholeProblem([record], read, true);
  check(problem === undefined, () => `Where no record can have a vector: ${problem}`);
}

/** A record whose vector points along an axis of its own. */
function pointing(
  key: NamespaceKey,
  axis: number,
  changes: Parameters<typeof recordOf>[2] = {},
): VectorRecord {
  return recordOf(key, `along ${axis}`, { ...changes, vector: unit(axis) });
}

function unit(axis: number, length = 1): Float32Array {
  return Float32Array.from({ length: vectorOf("").length }, (_, index) => (index === axis ? length : 0));
}

function normal(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

function withoutVector({ vector: _, ...record }: VectorRecord): VectorRecord {
  return record;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
