import {
  type Fields,
  type Filter,
  matchesFilter,
  parseFilter,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  idsOf,
  listAll,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  same,
  textOf,
  vectorOf,
} from "../fixtures.ts";
import { surfaceText } from "../oracles/canary.ts";
import { wholeProblem } from "../oracles/whole-records.ts";
import { extremeFields, extremeNumbers, extremePayloads, extremeTexts, extremeTimes } from "../values.ts";

type FieldValue = Fields[string];

/** Whether values come back as they were given, and compare as they should, in the bare store. */
export const storeValues: readonly ConformanceCase[] = [
  {
    id: "values-come-back-whole",
    claim:
      "Every number, text, name, date and payload that a record may have comes back as it was written, by every way of reading.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const written = [
        ...Object.entries(extremeFields()).map(([name, fields]) => recordOf(key, `n ${name}`, { fields })),
        ...extremeTimes.map((time) => withTime(recordOf(key, `n at ${time}`), time)),
        ...Object.entries(extremePayloads()).map(([name, payload]) => ({
          ...recordOf(key, `n ${name}`),
          payload,
        })),
      ];
      await namespace.upsert({ records: written });
      const query = { scope: everything, limit: written.length };
      const ways: Record<string, () => Promise<readonly StoredRecord[]>> = {
        get: () => namespace.get({ ids: idsOf(written), scope: everything }),
        list: () => listAll(namespace, everything, 7),
        search: async () =>
          (await namespace.search({ ...query, vector: vectorOf("n") })).map(({ record }) => record),
        ...(namespace.searchText
          ? {
              searchText: async () =>
                ((await namespace.searchText?.({ ...query, terms: ["n"], weights: queryWeights })) ?? []).map(
                  ({ record }) => record,
                ),
            }
          : {}),
      };
      for (const [way, read] of Object.entries(ways)) {
        const problem = wholeProblem(written, await read());
        check(problem === undefined, () => `Read by ${way}: ${problem}`);
      }
    },
  },
  {
    id: "values-compare-as-they-are",
    claim:
      "Filters tell every number, text, name and date from its nearest neighbours, as the reference does.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const values: readonly FieldValue[] = [...extremeNumbers, ...extremeTexts(), true, false, "true", "5"];
      const records = [
        ...values.map((value, index) => recordOf(key, `value ${index}`, { fields: { a: value } })),
        recordOf(key, "many", { fields: { a: Array.from({ length: 200 }, (_, index) => `n${index}`) } }),
        ...Object.entries(extremeFields()).map(([name, fields]) => recordOf(key, name, { fields })),
        ...extremeTimes.map((time) => withTime(recordOf(key, `at ${time}`), time)),
      ];
      await namespace.upsert({ records });
      const names = Object.keys(extremeFields().names ?? {});
      const last = Object.keys(extremeFields()["many fields"] ?? {}).at(-1) ?? "";
      const others = Array.from({ length: 150 }, (_, index) => `none ${index}`);
      const longList = parseFilter({ a: { $in: [...others, "n199"] } });
      const filters: readonly Filter[] = [
        ...values.map((value) => equal("a", value)),
        ...["n0", "n20", "n199", "n200"].map((value) => equal("a", value)),
        longList,
        ...[...names, last].map((name) => parseFilter({ [name]: { $exists: true } })),
        ...names.map((name) => equal(name, name)),
        ...names.filter((_, index) => index % 2).map((name) => equal(name, "x")),
        ...extremeNumbers.map((number, index) =>
          parseFilter({ a: { [index % 2 ? "$gt" : "$lte"]: number } }),
        ),
        ...extremeTimes.flatMap((value, index) =>
          (["gt", "gte", "lt", "lte"] as const).map((operator, turn): Filter => {
            const field = ["$createdAt", "$validTo", "$expiresAt"][(index + turn) % 3] as string;
            return { type: "range", field, operator, value, negated: false };
          }),
        ),
      ];
      for (const filter of filters) {
        const expected = idsOf(records.filter(({ fields }) => matchesFilter(fields, filter))).toSorted();
        const query = { scope: everything, filter, limit: 1000 };
        const listed = idsOf((await namespace.list(query)).records).toSorted();
        check(
          same(listed, expected),
          () => `${surfaceText(filter).slice(0, 300)} ${differenceOf(expected, listed)}`,
        );
      }
      for (const filter of filters.filter((_, index) => index % 9 === 0)) {
        const expected = records.filter(({ fields }) => matchesFilter(fields, filter)).length;
        const count = await namespace.count({ scope: everything, filter });
        check(
          count === expected,
          () =>
            `${surfaceText(filter).slice(0, 300)} matches ${expected} records, and ${count} were counted.`,
        );
      }
      const matching = (filter: Filter, some: readonly VectorRecord[] = records) =>
        some.filter(({ fields }) => matchesFilter(fields, filter));
      const isRange = ({ type }: Filter) => type === "range";
      for (const filter of filters.filter(isRange).filter((_, index) => index % 5 === 0)) {
        const worded = records.filter((record) => /^(?:value|at) /.test(textOf(record)));
        const expected = idsOf(matching(filter, worded)).toSorted();
        const found = await namespace.searchText?.({
          scope: everything,
          filter,
          terms: ["value", "at"],
          weights: queryWeights,
          limit: 1000,
        });
        const problem = found && differenceOf(expected, idsOf(found.map(({ record }) => record)).toSorted());
        check(!problem, () => `A search for words with ${surfaceText(filter).slice(0, 300)} ${problem}`);
      }
      // Each deletes something of its own: what one leaves, no other one deletes.
      const isMany = (record: VectorRecord) => textOf(record) === "many";
      const narrow = filters.filter((filter, index) => {
        const matched = matching(filter);
        return filter !== longList && index % 2 === 0 && matched.length <= 2 && !matched.some(isMany);
      });
      let left: readonly VectorRecord[] = records;
      for (const filter of [longList, ...narrow]) {
        const doomed = matching(filter, left);
        if (doomed.length === 0) continue;
        await namespace.delete({ scope: everything, filter });
        left = left.filter((record) => !doomed.includes(record));
      }
      const kept = idsOf(await listAll(namespace, everything)).toSorted();
      const expected = idsOf(left).toSorted();
      check(same(kept, expected), () => `After deletions by such filters, ${differenceOf(expected, kept)}`);
    },
  },
  {
    id: "replaced-records-keep-nothing",
    claim:
      "A record that is replaced has the fields, words, payload and vector of its new content, and no other.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const scopeKey = placementAt("alice");
      const full = { old: "x", tags: ["old", "older"], number: 5, flag: true };
      const contents: readonly VectorRecord[] = [
        recordOf(key, "first apple", { id: "one", scopeKey, fields: full }),
        { ...recordOf(key, "second", { id: "one", scopeKey, fields: { number: 6 } }), keywords: noWords },
        recordOf(key, "third pear", { id: "one", scopeKey, fields: { tags: ["new"] } }),
        withoutVector(recordOf(key, "fourth", { id: "one", scopeKey })),
        recordOf(key, "fifth apple", { id: "one", scopeKey, fields: { flag: false } }),
      ];
      const filters = [
        { old: "x" },
        { tags: "old" },
        { tags: "new" },
        { number: 5 },
        { flag: true },
        { flag: { $exists: true } },
      ];
      for (const [index, content] of contents.entries()) {
        const [read] = await namespace.get({ ids: ["one"], scope: everything });
        const expected = index % 2 && read ? { expected: { version: read.version } } : {};
        await namespace.upsert({ records: [{ ...content, ...expected }] });
        const replaced = await namespace.get({ ids: ["one"], scope: everything, vectors: true });
        const problem = wholeProblem([content], replaced, true);
        check(problem === undefined, () => `Replaced by "${textOf(content)}": ${problem}`);
        for (const given of filters) {
          const filter = parseFilter(given);
          const count = await namespace.count({ scope: everything, filter });
          const wanted = Number(matchesFilter(content.fields, filter));
          check(
            count === wanted,
            () =>
              `Replaced by ${surfaceText(content.fields)}, a record matches ${surfaceText(given)} ${count} times.`,
          );
        }
        for (const term of ["apple", "pear", "fifth"]) {
          const hits = await namespace.searchText?.({
            scope: everything,
            terms: [term],
            weights: queryWeights,
            limit: 9,
          });
          const wanted = Number(content.keywords.own.includes(term));
          check(
            hits === undefined || hits.length === wanted,
            () =>
              `Replaced by "${textOf(content)}", a record is found ${hits?.length} times by the word ${term}.`,
          );
        }
        const near = await namespace.search({ scope: everything, vector: vectorOf("apple"), limit: 9 });
        check(
          near.length === Number(content.vector !== undefined),
          () =>
            `Replaced by a record with ${content.vector ? "a" : "no"} vector, it is found ${near.length} times by one.`,
        );
      }
    },
  },
  {
    id: "terms-are-kept-whole",
    claim:
      "Each of hundreds of terms finds its record, whatever its length and letters, alone and among hundreds.",
    level: "extended",
    layer: "store",
    requires: ({ keyword }) => keyword,
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      // The longest terms that core makes, which differ in their last letter.
      const long = ["a", "b"].map((last) => `${"x".repeat(63)}${last}`);
      const wide = ["猫", "犬"].map((last) => `${"語".repeat(63)}${last}`);
      const many = Array.from({ length: 300 }, (_, index) => `t${index}q`);
      const record = (id: string, own: readonly string[]) => ({
        ...recordOf(key, id, { id }),
        keywords: { own, before: [], after: [] },
      });
      await namespace.upsert({
        records: [
          record("many", many),
          ...[...long, ...wide].map((term, index) => record(`long ${index}`, ["same", term])),
          record("field", ["zebra"]),
        ],
      });
      const find = async (terms: readonly string[]) =>
        idsOf(
          (
            (await namespace.searchText?.({ scope: everything, terms, weights: queryWeights, limit: 50 })) ??
            []
          ).map(({ record: hit }) => hit),
        ).toSorted();
      for (const [index, term] of [...long, ...wide].entries()) {
        const found = await find([term]);
        check(
          same(found, [`long ${index}`]),
          () =>
            `The term ${JSON.stringify(term)} should find "long ${index}", and found: ${found.join(", ") || "nothing"}`,
        );
      }
      for (const at of [0, 19, 20, 31, 32, 63, 99, 100, 199, 255, 256, 299]) {
        const found = await find([`t${at}q`]);
        check(
          same(found, ["many"]),
          () => `Of 300 terms of a record, number ${at} finds ${found.join(", ") || "nothing"}.`,
        );
      }
      // As many as core asks with: the one that some record has stands among others that none has.
      for (const at of [0, 8, 31, 63, 64, 127, 128, 199]) {
        const terms = Array.from({ length: 200 }, (_, index) => (index === at ? "zebra" : `absent${index}`));
        const found = await find(terms);
        check(
          same(found, ["field"]),
          () => `The term at place ${at} of 200 finds ${found.join(", ") || "nothing"}.`,
        );
      }
    },
  },
];

const noWords = { own: [], before: [], after: [] };

function withoutVector({ vector: _, ...record }: VectorRecord): VectorRecord {
  return record;
}

function withTime<R extends VectorRecord>(record: R, time: number): R {
  const fields: Fields = {
    ...record.fields,
    $createdAt: time,
    $validFrom: time,
    $validTo: time,
    $expiresAt: time,
  };
  return { ...record, fields };
}

function equal(field: string, value: FieldValue): Filter {
  const values = typeof value === "object" ? value : [value];
  return { type: "in", field, values, negated: false };
}

/** What was expected and not found, and the reverse. */
function differenceOf(expected: readonly string[], found: readonly string[]): string {
  const lost = expected.filter((id) => !found.includes(id));
  const surplus = found.filter((id) => !expected.includes(id));
  return [
    ...(lost.length > 0 ? [`does not find ${lost.slice(0, 3).join(", ").slice(0, 200)}`] : []),
    ...(surplus.length > 0
      ? [`finds ${surplus.slice(0, 3).join(", ").slice(0, 200)}, which it does not match`]
      : []),
  ].join(" and ");
}
