import { type ConformanceHarness, runConformance } from "@loci/conformance";
import { type Manifest, NamespaceNotFoundError, namespaceKey, scopeFilter } from "@loci/core/store";
import { expect, it } from "vitest";
import { type Kind, kinds } from "./kinds.ts";

const manifest: Manifest = {
  kind: "organization",
  deployment: "templates",
  orgId: "acme",
  generation: 1,
  scheme: 1,
  embedder: { id: "letters", dimensions: 2 },
  createdAt: 1,
};
const key = namespaceKey(manifest);
const scope = scopeFilter({}, "within");

it.each(Object.keys(kinds) as Kind[])(
  "the toy of the kind %s says truly what a failing backend is",
  { timeout: 60_000 },
  async (kind) => {
    const { harness }: { harness: ConformanceHarness } = await import(`../templates/${kind}/test/harness.ts`);
    const { results } = await runConformance(harness, { only: ["failed-*", "closing-*"] });
    expect(results.map(({ id, outcome, detail }) => [id, outcome, detail])).toEqual(
      results.map(({ id }) => [id, "passed", undefined]),
    );
    expect(results.length).toBeGreaterThan(3);
  },
);

it.each(Object.keys(kinds) as Kind[])(
  "the toy of the kind %s lets no old handle work on what was made again",
  async (kind) => {
    const { harness }: { harness: ConformanceHarness } = await import(`../templates/${kind}/test/harness.ts`);
    const { store, second, dispose } = await harness.create();
    const other = await second?.();
    const [handle, others] = [await store.open({ key, create: manifest }), await other?.open({ key })];
    expect(others).toBeDefined();
    await store.drop({ key });
    const anew = await store.open({ key, create: manifest });
    const record = {
      id: "one",
      namespace: key,
      scopeKey: { user: "", agent: "", run: "" },
      fields: { $createdAt: 1, $validFrom: 0, $validTo: 9, $expiresAt: 9 },
      keywords: { own: ["coffee"], before: [], after: [] },
      payload: "coffee",
      vector: Float32Array.of(1, 0),
    };
    await anew.upsert({ records: [record] });
    for (const old of [handle, others]) {
      if (!old) continue;
      const calls: Record<string, () => Promise<unknown> | undefined> = {
        upsert: () => old.upsert({ records: [record] }),
        get: () => old.get({ ids: ["one"], scope }),
        list: () => old.list({ scope, limit: 10 }),
        search: () => old.search({ scope, vector: Float32Array.of(1, 0), limit: 10 }),
        searchText: () =>
          old.searchText?.({ scope, terms: ["coffee"], weights: { own: 1, before: 1, after: 1 }, limit: 10 }),
        count: () => old.count({ scope }),
        delete: () => old.delete({ scope }),
        "delete by version": () => old.delete({ scope, versions: [{ ...record, version: "1" }] }),
      };
      for (const [name, call] of Object.entries(calls)) {
        const answer = await Promise.resolve(call()).catch((error: unknown) => error);
        expect(NamespaceNotFoundError.isInstance(answer), name).toBe(true);
      }
    }
    expect(await anew.count({ scope })).toBe(1);
    await other?.close();
    await dispose();
  },
);
