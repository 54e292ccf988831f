import { expect, it } from "vitest";
import { scopeFilter } from "../scope/scope-filter.ts";
import { inMemory } from "../store/in-memory-store.ts";
import type { Manifest } from "../store/manifest.ts";
import { namespaceKey } from "../store/namespace-key.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { VerifiedNamespace } from "./verified-namespace.ts";
import { VerifiedStore } from "./verified-store.ts";

const manifest: Manifest = {
  scheme: 1,
  kind: "organization",
  deployment: "test",
  orgId: "acme",
  generation: 1,
  embedder: null,
  createdAt: 1,
};
const key = namespaceKey(manifest);
const scope = scopeFilter({}, "within");

function record(id: string, payload: string): VectorRecord {
  return {
    id,
    namespace: key,
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: 1, $validFrom: 1, $validTo: 9e15, $expiresAt: 9e15 },
    keywords: { own: [], before: [], after: [] },
    payload,
    expected: "absent",
  };
}

it("writes what leads, and what follows only where that was written", async () => {
  const store = inMemory();
  const inner = await store.open({ key, create: manifest });
  const namespace = new VerifiedNamespace(new VerifiedStore(store), key, inner);
  const stored = async () => {
    const { records } = await namespace.list({ scope, limit: 10 });
    return records.map(({ id, payload }) => `${id}: ${payload}`).sort();
  };
  const names = (records: readonly VectorRecord[]) => records.map(({ id }) => id);
  const first = [record("a", "1"), record("b", "1")];
  expect(await namespace.upsert({ records: first, leading: 1 })).toEqual([]);
  const led = [record("c", "2"), record("a", "2"), record("d", "2")];
  expect(names(await namespace.upsert({ records: led, leading: 2 }))).toEqual(["a", "d"]);
  expect(await stored()).toEqual(["a: 1", "b: 1", "c: 2"]);
  const following = [record("e", "3"), record("b", "3"), record("f", "3")];
  expect(names(await namespace.upsert({ records: following, leading: 1 }))).toEqual(["b"]);
  expect(await stored()).toEqual(["a: 1", "b: 1", "c: 2", "e: 3", "f: 3"]);
});
