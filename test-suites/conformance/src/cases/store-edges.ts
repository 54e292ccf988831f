import type { Filter, ScopeFilter, StoredRecord } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  isMore,
  listAll,
  openOrganization,
  placementAt,
  queryWeights,
  readsOf,
  recordOf,
  same,
  textsOf,
  visibleFrom,
} from "../fixtures.ts";

/** Questions with nothing in them, and what was not asked for, in the bare store. */
export const storeEdges: readonly ConformanceCase[] = [
  {
    id: "asking-for-nothing-finds-nothing",
    claim:
      "No ids, no terms, no values and no records find, change and delete nothing, and need a reach all the same.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const records = ["alice", "bob"].map((user) =>
        recordOf(key, `common ${user}`, { scopeKey: placementAt(user), fields: { kind: "x" } }),
      );
      await namespace.upsert({ records });
      const scope = visibleFrom(placementAt("alice"), "within");
      const written = await namespace.upsert({ records: [] });
      check(written.length === 0, () => `Writing no record conflicted with ${written.length}.`);
      const got = await namespace.get({ ids: [], scope });
      check(got.length === 0, () => `Getting no id got ${got.length} records.`);
      const said = await namespace.searchText?.({ scope, terms: [], weights: queryWeights, limit: 10 });
      check(!said || said.length === 0, () => `Searching for no term found ${said?.length} records.`);
      const noneOf = (negated: boolean): Filter => ({ type: "in", field: "kind", values: [], negated });
      for (const [negated, expected] of [
        [false, 0],
        [true, 1],
      ] as const) {
        const filter = noneOf(negated);
        const count = await namespace.count({ scope, filter });
        check(
          count === expected,
          () => `Of one record, ${count} are ${negated ? "none" : "one"} of no values.`,
          count > expected,
        );
        const listed = (await namespace.list({ scope, filter, limit: 10 })).records.length;
        check(
          listed === expected,
          () => `Listing ${negated ? "none" : "one"} of no values brought ${listed}.`,
          listed > expected,
        );
      }
      for (const doomed of [
        { ids: [], scope },
        { versions: [], scope },
        { filter: noneOf(false), scope },
      ]) {
        const deleted = await namespace.delete(doomed);
        check(deleted === 0, () => `Deleting ${Object.keys(doomed)[0]} that are none deleted ${deleted}.`);
      }
      const left = textsOf(await listAll(namespace, everything));
      check(
        same(left, ["common alice", "common bob"]),
        () => `After all that, there are: ${left.join(", ")}`,
        isMore(left, ["common alice", "common bob"]),
      );
      const forged = { user: "any", agent: "any", run: "any" } as unknown as ScopeFilter;
      for (const [way, ask] of Object.entries({
        get: () => namespace.get({ ids: [], scope: forged }),
        delete: () => namespace.delete({ ids: [], scope: forged }),
      })) {
        const seen = await ask().then(
          () => "answered",
          () => "refused",
        );
        check(seen === "refused", () => `${way} of no ids with a forged reach was ${seen}.`);
      }
    },
  },
  {
    id: "vectors-come-when-they-are-asked-for",
    claim:
      "Getting and listing return vectors where they are asked to; otherwise, and from searches, none come.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "common"), recordOf(key, "common too")] });
      const ids = ["id-common", "id-common too"];
      const without: Record<string, () => Promise<readonly StoredRecord[]>> = {
        ...readsOf(namespace, everything, ["common"]),
        get: () => namespace.get({ ids, scope: everything }),
        "get without vectors": () => namespace.get({ ids, scope: everything, vectors: false }),
      };
      for (const [way, read] of Object.entries(without)) {
        const unasked = (await read()).filter(({ vector }) => vector !== undefined);
        check(unasked.length === 0, () => `${unasked.length} vectors came unasked, by ${way}.`);
      }
      const listed = await namespace.list({ scope: everything, limit: 10, vectors: true });
      const got = await namespace.get({ ids, scope: everything, vectors: true });
      for (const [way, records] of Object.entries({ list: listed.records, get: got })) {
        const count = records.filter(({ vector }) => vector?.length === 8).length;
        check(count === 2, () => `Of two vectors that were asked for, ${count} came by ${way}.`);
      }
    },
  },
  {
    id: "what-is-left-is-told",
    claim:
      "Where a store lists what lies under a name, it lists something while a namespace is there, and nothing after a drop.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "common")] });
      const listed = await store.leftovers?.({ key });
      check(
        !store.leftovers || (listed?.length ?? 0) > 0,
        () => "Nothing is listed of a namespace with a record.",
      );
      const { dropped, residue } = await store.drop({ key });
      check(dropped, () => "A namespace with a record was dropped, and the report denies it.");
      for (const one of residue)
        check(
          typeof one.where === "string" && typeof one.clearedBy === "string",
          () => `What is left after a drop has no words: ${JSON.stringify(one)}`,
        );
      const left = (await store.leftovers?.({ key })) ?? [];
      check(left.length === 0, () => `After the drop there are: ${left.join(", ")}`);
      const again = await store.drop({ key });
      check(!again.dropped, () => "A namespace that was dropped before was dropped, says the report.");
    },
  },
];
