import {
  type Filter,
  inScope,
  matchesFilter,
  type Namespace,
  noExpiry,
  parseFilter,
  type ScopeFilter,
  type ScopeKey,
  type StoredRecord,
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
import { ShrinkingNamespace } from "../shrinking-namespace.ts";

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
const oneOfMany = parseFilter({
  kind: { $in: ["x", ...Array.from({ length: 200 }, (_, index) => `none ${index}`)] },
});
const unexpired: Filter = {
  type: "range",
  field: "$expiresAt",
  operator: "gt",
  value: 5000,
  negated: false,
};
const filters: readonly (Filter | undefined)[] = [
  undefined,
  parseFilter({ kind: "x" }),
  parseFilter(nested as { kind: string }),
  oneOfMany,
  // As core asks: what an application filters by, among what has not expired.
  { type: "and", filters: [unexpired, { type: "or", filters: [oneOfMany, parseFilter({ even: true })] }] },
  unexpired,
  nestedIn(unexpired),
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

/** As many records as it takes that every kind of them is among them. */
const lotSize = 12;

/** Handles that have had many calls, many at once, or lead to many records, in the bare store. */
export const storeWornHandles: readonly ConformanceCase[] = [
  {
    id: "handles-stay-right-however-used",
    claim: "A handle that had a hundred calls answers another hundred, all at once, as it did the first.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const used = await Promise.all(
        ["acme", "rival"].map(async (orgId) => {
          const organization = await openOrganization(store, orgId);
          const records = populationOf(organization, 2);
          await organization.namespace.upsert({ records });
          for (let call = 0; call < 101; call++) await organization.namespace.count({ scope: everything });
          return { ...organization, records };
        }),
      );
      // Every second filter from every second reach, of every second organization: a hundred questions of each kind are enough.
      const questions = reaches.flatMap((scope, reach) =>
        filters.filter((_, index) => (reach + index) % 2 === 0).map((filter) => ({ scope, filter })),
      );
      await Promise.all(
        questions.map((question, index) => {
          const { namespace, records } = used[Math.floor(index / 2) % 2] as (typeof used)[number];
          return compare(namespace, records, question, check);
        }),
      );
    },
  },
  {
    id: "deletions-stay-exact-among-many",
    claim:
      "Among nineteen hundred records, deleting by reach, filter, ids or versions deletes what it names inside its reach.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const large = async (orgId: string, places: readonly ScopeKey[], each: number) => {
        const organization = await openOrganization(store, orgId);
        const records = populationOf(organization, each, places);
        for (let from = 0; from < records.length; from += 300)
          await organization.namespace.upsert({ records: records.slice(from, from + 300) });
        return new ShrinkingNamespace(organization.namespace, records, check);
      };
      const acme = await large("acme", owners, 210);
      // Its records are deleted in turns with the others: no call gets what was asked of another namespace.
      const alices = owners.filter(({ user }) => user === "alice");
      const rival = await large("rival", alices, 350);
      const ids = Array.from({ length: 40 }, (_, index) => `id ${index}`);
      const [alice, bob] = ["alice", "bob"].map((user) => visibleFrom(placementAt(user), "within"));
      await acme.remove("40 ids", { scope: bob as ScopeFilter, ids }, ({ id }) => ids.includes(id));
      for (const [lot, filter] of filters.entries()) {
        // Each filter has records of its own, of which no other one has deleted any.
        const own = parseFilter({ lot });
        const among: Filter = filter ? { type: "and", filters: [own, filter] } : own;
        for (const { agent, run } of [
          placementAt(""),
          placementAt("", "bot"),
          placementAt("", "bot", "run"),
        ]) {
          const scope = visibleFrom(placementAt("alice", agent, run), "own");
          await (run ? rival : acme).remove(
            JSON.stringify(among).slice(0, 300),
            { scope, filter: among },
            ({ fields }) => matchesFilter(fields, among),
          );
        }
      }
      const versions = await listAll(acme.namespace, everything);
      const run = visibleFrom(placementAt("bob", "bot", "run"), "own");
      await acme.remove("versions", { scope: run, versions }, () => true);
      await rival.remove("reach", { scope: alice as ScopeFilter }, () => true);
      const own = visibleFrom(placementAt("alice"), "own");
      await acme.remove("reach", { scope: own }, () => true);
      // More than a thousand at once, and no fewer are counted.
      await acme.remove("everything", { scope: everything }, () => true);
    },
  },
];

/** Some records at every placement, of which those of one number have one id. A lot of them has each kind that filters ask for. */
function populationOf(
  { key, orgId }: Organization,
  each: number,
  places: readonly ScopeKey[] = owners,
): VectorRecord[] {
  return places.flatMap((scopeKey, place) =>
    Array.from({ length: each }, (_, index) => {
      const lot = Math.floor(index / lotSize) % filters.length;
      const fields = { kind: index % 4 < 2 ? "x" : "y", even: index % 2 === 0, lot };
      const text = `common ${orgId} ${place} ${index}`;
      const record = recordOf(key, text, { id: `id ${index}`, scopeKey, fields });
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
  // Some ask for as many as there are: whoever counts one too few, loses the last.
  const limit = expected.length % 2 ? 100 : Math.max(1, expected.length);
  const query = { scope, limit, ...(filter ? { filter } : {}) };
  const half = Math.max(1, Math.ceil(expected.length / 2));
  const said = await namespace.searchText?.({ ...query, terms: ["common"], weights: queryWeights });
  const answers: Record<string, readonly string[]> = {
    list: textsOf(await listed(namespace, query, half)),
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

/** Lists in pages, and stops where there are more of them than there should be. */
async function listed(
  namespace: Namespace,
  { scope, filter }: { readonly scope: ScopeFilter; readonly filter?: Filter },
  limit: number,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 3; page++) {
    const found = await namespace.list({
      scope,
      limit,
      ...(filter ? { filter } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    });
    records.push(...found.records);
    cursor = found.cursor;
    if (cursor === undefined) break;
  }
  return records;
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
