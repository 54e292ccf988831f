import type { MetadataFilter } from "@loci/core";
import { type Filter, inScope, matchesFilter, parseFilter, type StoredRecord } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  isMore,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  same,
  textsOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { halvesProblem } from "../oracles/halves.ts";

/** What a filter can do, and what it cannot, in the bare store. */
export const storeFilters: readonly ConformanceCase[] = [
  {
    id: "filters-only-narrow",
    claim: "Whatever a filter says, it returns the records of the reach that match it, and nothing more.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const values = ["x", "5", 5, 7.5, true, ["x", "y"], ["5", 5]] as const;
      const records = ["alice", "bob", ""].flatMap((user) =>
        [...values, undefined].map((value, index) =>
          recordOf(key, `common ${user} ${index}`, {
            scopeKey: placementAt(user),
            fields: value === undefined ? {} : { a: value, "a.b": "x", owner: user },
          }),
        ),
      );
      await namespace.upsert({ records });
      const filters: readonly Filter[] = [
        { a: "x" },
        { a: 5 },
        { a: "5" },
        { a: true },
        { a: { $ne: "x" } },
        { a: { $nin: ["x", 5] } },
        { a: { $gt: 5 } },
        { $not: { a: { $gt: 5 } } },
        { a: { $exists: false } },
        { unknown: "x" },
        { unknown: { $ne: "x" } },
        { "a.b": "x" },
        { $or: [{ a: "x" }, { owner: "bob" }] },
        { $or: [{ owner: "bob" }, { owner: { $ne: "bob" } }] },
        { $not: { $and: [{ owner: "alice" }, { a: { $exists: true } }] } },
        { user: "bob" },
        { orgId: "rival" },
        { $and: [{ owner: "bob" }, { $or: [{ a: "x" }, { a: { $exists: false } }] }] },
      ].map((filter) => parseFilter(filter));
      for (const user of ["alice", "bob", ""]) {
        const scope = visibleFrom(placementAt(user));
        for (const filter of filters) {
          const expected = textsOf(
            records.filter(
              ({ scopeKey, fields }) => inScope(scope, scopeKey) && matchesFilter(fields, filter),
            ),
          );
          const query = { scope, filter, limit: 1000 };
          const found: Record<string, readonly StoredRecord[]> = {
            list: (await namespace.list(query)).records,
            search: (await namespace.search({ ...query, vector: vectorOf("common") })).map(
              ({ record }) => record,
            ),
            ...(namespace.searchText
              ? {
                  searchText: (
                    await namespace.searchText({ ...query, terms: ["common"], weights: queryWeights })
                  ).map(({ record }) => record),
                }
              : {}),
          };
          for (const [way, hits] of Object.entries(found)) {
            const texts = textsOf(hits);
            check(
              same(texts, expected),
              () =>
                `${user || "the organization"} with ${JSON.stringify(filter)} should find ${expected.length} by ${way}, and found ${texts.length}: ${texts.join(", ")}`,
              isMore(texts, expected),
            );
          }
        }
      }
    },
  },
  {
    id: "filters-split-the-whole",
    claim:
      "A filter and its negation part the records of a reach into two halves, those without the field included.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const values = ["x", 5, 7.5, true, ["x", "y"], undefined, undefined];
      const records = ["alice", "bob"].flatMap((user) =>
        values.map((value, index) =>
          recordOf(key, `${user} ${index}`, {
            scopeKey: placementAt(user),
            fields: value === undefined ? {} : { a: value },
          }),
        ),
      );
      await namespace.upsert({ records });
      const scope = visibleFrom(placementAt("alice"));
      const whole = textsOf((await namespace.list({ scope, limit: 100 })).records);
      check(
        whole.length === values.length,
        () => `alice has ${values.length} records, and lists ${whole.length}.`,
        whole.length > values.length,
      );
      for (const filter of [
        { a: "x" },
        { a: { $in: [5, true] } },
        { a: { $gt: 5 } },
        { a: { $lte: 7.5 } },
        { a: { $exists: true } },
        { $or: [{ a: "x" }, { a: { $lt: 6 } }] },
      ]) {
        const matching = async (given: MetadataFilter) =>
          textsOf((await namespace.list({ scope, limit: 100, filter: parseFilter(given) })).records);
        const problem = halvesProblem(whole, await matching(filter), await matching({ $not: filter }));
        check(
          problem === undefined,
          () => `Of ${JSON.stringify(filter)} and its negation, these ${problem}.`,
          false,
        );
      }
    },
  },
];
