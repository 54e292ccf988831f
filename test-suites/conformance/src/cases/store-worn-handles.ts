import {
  type Filter,
  inScope,
  matchesFilter,
  type Namespace,
  noExpiry,
  parseFilter,
  type ScopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import type { Check, ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  isMore,
  listAll,
  type Organization,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  same,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";

const owners = ["", "alice", "bob"].flatMap((user) => [
  placementAt(user),
  placementAt(user, "bot"),
  placementAt(user, "bot", "run"),
]);
const reaches = owners.flatMap((owner) => [visibleFrom(owner), visibleFrom(owner, "within")]);
/** As deep as an application can write one, and with as long a list. */
const nested = [1, 2, 3, 4, 5].reduce<object>(
  (inner, level) =>
    level % 2 ? { $or: [{ kind: "none" }, inner] } : { $and: [{ even: { $exists: true } }, inner] },
  { $and: [{ kind: "x" }, { even: true }] },
);
const filters: readonly (Filter | undefined)[] = [
  undefined,
  parseFilter({ kind: "x" }),
  parseFilter(nested as { kind: string }),
  parseFilter({ kind: { $in: ["x", ...Array.from({ length: 200 }, (_, index) => `none ${index}`)] } }),
  { type: "range", field: "$expiresAt", operator: "gt", value: 5000, negated: false },
  nestedIn({ type: "range", field: "$expiresAt", operator: "gt", value: 5000, negated: false }),
  { type: "in", field: "kind", values: ["X", "Y"], negated: false },
  { type: "in", field: "$expiresAt", values: [4000, "4000"], negated: false },
  { type: "in", field: "$expiresAt", values: [4000, 4001], negated: true },
  { type: "in", field: "$expiresAt", values: ["4000"], negated: true },
  { type: "in", field: "$expiresAt", values: ["4000"], negated: false },
  { type: "exists", field: "$validTo", negated: true },
  {
    type: "or",
    filters: [
      { type: "range", field: "$expiresAt", operator: "lte", value: 4000, negated: false },
      { type: "in", field: "kind", values: ["y"], negated: false },
    ],
  },
];

/** Handles that have had many calls, many at once, or lead to many records, in the bare store. */
export const storeWornHandles: readonly ConformanceCase[] = [
  {
    id: "handles-stay-right-however-used",
    claim: "A handle that had a hundred calls answers another hundred, all at once, as it did the first.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const records = populationOf(acme, 2);
      await acme.namespace.upsert({ records });
      for (let call = 0; call < 101; call++) await acme.namespace.count({ scope: everything });
      // Every second filter from every second reach: a hundred questions of each kind are enough.
      const questions = reaches.flatMap((scope, reach) =>
        filters.filter((_, index) => (reach + index) % 2 === 0).map((filter) => ({ scope, filter })),
      );
      await Promise.all(questions.map((question) => compare(acme.namespace, records, question, check)));
    },
  },
  {
    id: "deletions-stay-exact-among-many",
    claim:
      "Among nineteen hundred records, deleting by reach, filter, ids or versions deletes what it names inside its reach.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const acme = await openOrganization(store, "acme");
      const { namespace } = acme;
      let left = populationOf(acme, 210);
      for (let from = 0; from < left.length; from += 300)
        await namespace.upsert({ records: left.slice(from, from + 300) });
      const ids = [...new Set(left.map(({ id }) => id))];
      const alice = visibleFrom(placementAt("alice"), "within");
      await remove("40 ids", { scope: alice, ids: ids.slice(0, 40) }, ({ id }) =>
        ids.slice(0, 40).includes(id),
      );
      for (const { agent, run } of [placementAt(""), placementAt("", "bot"), placementAt("", "bot", "run")]) {
        const scope = visibleFrom(placementAt("alice", agent, run), "own");
        for (const filter of filters.toReversed())
          if (filter)
            await remove(JSON.stringify(filter), { scope, filter }, ({ fields }) =>
              matchesFilter(fields, filter),
            );
      }
      const versions = await listAll(namespace, everything);
      await remove(
        "versions",
        { scope: visibleFrom(placementAt("bob", "bot", "run"), "own"), versions },
        () => true,
      );
      await remove("reach", { scope: alice }, () => true);
      await remove("everything", { scope: everything }, () => true);

      async function remove(
        how: string,
        request: Parameters<Namespace["delete"]>[0],
        named: (record: VectorRecord) => boolean,
      ): Promise<void> {
        const isDoomed = (record: VectorRecord) => inScope(request.scope, record.scopeKey) && named(record);
        const expected = left.filter(isDoomed).length;
        const deleted = await namespace.delete(request);
        check(
          deleted === expected,
          () => `Deleting by ${how} deleted ${deleted} records instead of ${expected}.`,
          deleted > expected,
        );
        left = left.filter((record) => !isDoomed(record));
        const kept = textsOf(await listAll(namespace, everything));
        check(
          same(kept, textsOf(left)),
          () => `After deleting by ${how} there are ${kept.length}, not ${left.length}.`,
          isMore(kept, textsOf(left)),
        );
      }
    },
  },
];

/** Some records at every placement, of which those of one number have one id. */
function populationOf({ key }: Organization, each: number): VectorRecord[] {
  return owners.flatMap((scopeKey, owner) =>
    Array.from({ length: each }, (_, index) => {
      const fields = { kind: index % 4 < 2 ? "x" : "y", even: index % 2 === 0 };
      const record = recordOf(key, `common ${owner} ${index}`, { id: `id ${index}`, scopeKey, fields });
      const $expiresAt = index % 3 === 0 ? 4000 : noExpiry;
      return { ...record, fields: { ...record.fields, $expiresAt } };
    }),
  );
}

/** Asks by every way to read, and compares with what an array of the same records has. */
async function compare(
  namespace: Namespace,
  records: readonly VectorRecord[],
  { scope, filter }: { readonly scope: ScopeFilter; readonly filter: Filter | undefined },
  check: Check,
): Promise<void> {
  const inside = records.filter(({ scopeKey }) => inScope(scope, scopeKey));
  const expected = textsOf(inside.filter(({ fields }) => !filter || matchesFilter(fields, filter)));
  const query = { scope, limit: 100, ...(filter ? { filter } : {}) };
  const said = await namespace.searchText?.({ ...query, terms: ["common"], weights: queryWeights });
  const answers: Record<string, readonly string[]> = {
    list: textsOf((await namespace.list(query)).records),
    search: textsOf(
      (await namespace.search({ ...query, vector: vectorOf("common") })).map(({ record }) => record),
    ),
    ...(said ? { searchText: textsOf(said.map(({ record }) => record)) } : {}),
    ...(filter ? {} : { get: textsOf(await namespace.get({ scope, ids: ["id 0", "id 1"] })) }),
  };
  for (const [way, texts] of Object.entries(answers))
    check(
      same(texts, expected),
      () =>
        `By ${way}, ${JSON.stringify(query)} should find ${expected.join(", ")}, and found ${texts.join(", ")}.`,
      isMore(texts, expected),
    );
  const count = await namespace.count({ scope, ...(filter ? { filter } : {}) });
  check(
    count === expected.length,
    () => `Of ${expected.length} records ${count} were counted.`,
    count > expected.length,
  );
}

/** A filter inside six levels of others, which change nothing. */
function nestedIn(inner: Filter): Filter {
  const none: Filter = { type: "in", field: "kind", values: ["none"], negated: false };
  const all: Filter = { type: "exists", field: "kind", negated: false };
  return [1, 2, 3].reduce<Filter>(
    (filter) => ({ type: "or", filters: [none, { type: "and", filters: [all, filter] }] }),
    inner,
  );
}
