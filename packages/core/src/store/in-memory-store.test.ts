import { afterEach, expect, it, vi } from "vitest";
import { scopeFilter } from "../scope/scope-filter.ts";
import { inMemory } from "./in-memory-store.ts";
import { namespaceKey } from "./namespace-key.ts";
import type { VectorRecord } from "./vector-store.ts";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const scope = scopeFilter({}, "within");

afterEach(() => vi.restoreAllMocks());

/** A namespace with some records, of which each look at the clock ends a turn of the event loop. */
async function openNamespace(count: number) {
  const namespace = await inMemory().open({
    key,
    create: { ...identity, scheme: 1, embedder: null, createdAt: 1 },
  });
  await namespace.upsert({ records: Array.from({ length: count }, (_, index) => record(index)) });
  let time = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    time += 20;
    return time;
  });
  return namespace;
}

function record(index: number, payload = "first"): VectorRecord {
  const fields = { $createdAt: index, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 };
  const keywords = { own: ["word"], before: [], after: [] };
  const scopeKey = { user: "", agent: "", run: "" };
  return { id: `record-${index}`, namespace: key, scopeKey, fields, keywords, payload };
}

/** Some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

it("lists what was written while it sorted for another listing", async () => {
  const namespace = await openNamespace(3000);
  const before = namespace.list({ scope, limit: 1 });
  await turns(2);
  await namespace.upsert({ records: [record(9000)] });
  await before;
  const { records } = await namespace.list({ scope, limit: 1 });
  expect(records.map(({ id }) => id)).toEqual(["record-9000"]);
});

it("deletes what a predicate lets through, but nothing that was changed meanwhile to what it does not", async () => {
  const namespace = await openNamespace(200);
  const filter = { type: "range", field: "$expiresAt", operator: "gt", value: 1e15, negated: false } as const;
  const deleting = namespace.delete({ scope, filter });
  await turns(20);
  const kept = record(150, "changed");
  await namespace.upsert({ records: [{ ...kept, fields: { ...kept.fields, $expiresAt: 5 } }] });
  expect(await deleting).toBe(199);
  const { records } = await namespace.list({ scope, limit: 1000 });
  expect(records.map(({ payload }) => payload)).toEqual(["changed"]);
});

it("deletes by version in slices, each record whole, and none that was changed meanwhile", async () => {
  const namespace = await openNamespace(200);
  const { records: versions } = await namespace.list({ scope, limit: 1000 });
  const deleting = namespace.delete({ scope, versions });
  await turns(20);
  await namespace.upsert({ records: [record(10, "changed")] });
  expect(await deleting).toBe(199);
  const { records } = await namespace.list({ scope, limit: 1000 });
  expect(records.map(({ payload }) => payload)).toEqual(["changed"]);
});
