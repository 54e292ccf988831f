import { noExpiry, type StoredRecord } from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { AnswerOf, Call, WrongCalls } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

type Reading = "list" | "search" | "searchText" | "get";
const reading: readonly Reading[] = ["list", "search", "searchText", "get"];
const scoring = ["search", "searchText"] as const;

/** Answers from which something is lost, or to which something is done. */
export const wrongAnswers: readonly NamedMistake[] = [
  records("loses-the-last", "Leaves out the last record", (all) => all.slice(0, -1)),
  records("loses-the-first", "Leaves out the first record", (all) => all.slice(1)),
  records("gives-at-most-100", "Returns at most 100 records", (all) => all.slice(0, 100)),
  records("gives-at-most-500", "Returns at most 500 records", (all) => all.slice(0, 500)),
  records("doubles-the-first", "Returns the first record twice", (all) => [...all.slice(0, 1), ...all]),
  records("answers-nothing", "Answers that there is nothing", () => []),
  records("loses-equal-ids", "Returns one record of those that have one id", (all) => [
    ...new Map(all.map((one) => [one.id, one])).values(),
  ]),
  records("swaps-owners", "Returns the content of another record with the same id", (all) =>
    all.map((record) => {
      const other = all.find(({ id, payload }) => id === record.id && payload !== record.payload);
      return other ? { ...record, payload: other.payload } : record;
    }),
  ),
  records("forgets-versions", "Returns no version", (all) =>
    all.map((record) => ({ ...record, version: "" })),
  ),
  records("gives-one-version", "Returns the version of the first record for all", (all) =>
    all.map((record) => ({ ...record, version: all[0]?.version ?? "" })),
  ),
  each("forgets-placements", "Returns no agent and no run", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, agent: "", run: "" },
  })),
  each("cuts-payloads", "Returns 10,000 characters of a payload", (record) => ({
    ...record,
    payload: record.payload.slice(0, 10_000),
  })),
  each("loses-fields", "Returns the time fields only", (record) => {
    const { $createdAt, $validFrom, $validTo, $expiresAt } = record.fields;
    return { ...record, fields: { $createdAt, $validFrom, $validTo, $expiresAt } };
  }),
  each("reads-numbers-as-floats", "Returns numbers in single precision", (record) => ({
    ...record,
    fields: mapValues(record.fields, (value) =>
      typeof value === "number" && value < 1e15 ? Math.fround(value) : value,
    ) as StoredRecord["fields"],
  })),
  each("reads-numbers-as-texts", "Returns numbers as texts", (record) => ({
    ...record,
    fields: mapValues(record.fields, (value, name) =>
      typeof value === "number" && !name.startsWith("$") ? String(value) : value,
    ) as StoredRecord["fields"],
  })),
  each("forgets-the-end", "Returns no time of expiry", (record) => ({
    ...record,
    fields: { ...record.fields, $expiresAt: noExpiry },
  })),
  each("forgets-closing", "Returns no time of closing", (record) => ({
    ...record,
    fields: { ...record.fields, $validTo: noExpiry },
  })),
  each("reads-times-from-1970-on", "Returns times before 1970 as 1970", (record) => ({
    ...record,
    fields: {
      ...record.fields,
      $createdAt: Math.max(0, record.fields.$createdAt),
      $validFrom: Math.max(0, record.fields.$validFrom),
    },
  })),
  {
    id: "forgets-vectors",
    does: "Returns no vector",
    calls: inReadings(["get", "list"], (record) => {
      const { vector: _, ...rest } = record;
      return rest;
    }),
  },
  {
    id: "gives-vectors-of-zeros",
    does: "Returns zeros where a record has no vector",
    calls: {
      get: async (call) =>
        (await call.answer()).map((record) =>
          call.request.vectors && !record.vector ? { ...record, vector: new Float32Array(8) } : record,
        ),
      list: async (call) => {
        const page = await call.answer();
        return {
          ...page,
          records: page.records.map((record) =>
            call.request.vectors && !record.vector ? { ...record, vector: new Float32Array(8) } : record,
          ),
        };
      },
    },
  },
  {
    id: "swaps-vectors",
    does: "Returns the vector of another record with the same id",
    calls: {
      get: async (call) => swapVectors(call, await call.answer()),
      list: async (call) => {
        const page = await call.answer();
        return { ...page, records: await swapVectors(call, page.records) };
      },
    },
  },
  scores("clamps-scores", "Returns negative scores as zero", (score) => Math.max(0, score)),
  scores("rounds-scores", "Rounds scores to one decimal", (score) => Math.round(score * 10) / 10),
  scores("halves-scores", "Maps scores to [0, 1]", (score) => (score + 1) / 2, ["search"]),
  scores("gives-distances", "Returns distances for scores", (score) => 1 - score, ["search"]),
  scores("gives-single-scores", "Returns 1 for every score", () => 1, ["search"]),
  {
    id: "shuffles-hits",
    does: "Returns hits from the worst to the best",
    calls: {
      search: async ({ answer }) => (await answer()).toReversed(),
      searchText: async ({ answer }) => (await answer()).toReversed(),
    },
  },
  {
    id: "counts-limits-from-zero",
    does: "Returns one record less than the limit",
    calls: {
      search: ({ request, answer }) => answer({ ...request, limit: Math.max(1, request.limit - 1) }),
      searchText: ({ request, answer }) => answer({ ...request, limit: Math.max(1, request.limit - 1) }),
    },
  },
  {
    id: "counts-limits-from-two",
    does: "Returns one record more than the limit",
    calls: {
      list: ({ request, answer }) => answer({ ...request, limit: request.limit + 1 }),
      search: ({ request, answer }) => answer({ ...request, limit: request.limit + 1 }),
      searchText: ({ request, answer }) => answer({ ...request, limit: request.limit + 1 }),
    },
  },
  {
    id: "takes-eight-terms",
    does: "Looks for the first eight terms",
    calls: { searchText: ({ request, answer }) => answer({ ...request, terms: request.terms.slice(0, 8) }) },
  },
  {
    id: "takes-100-terms",
    does: "Looks for the first 100 terms",
    calls: {
      searchText: ({ request, answer }) => answer({ ...request, terms: request.terms.slice(0, 100) }),
    },
  },
  {
    id: "cuts-terms",
    does: "Looks for the first 32 characters of a term",
    calls: {
      searchText: ({ request, answer }) =>
        answer({ ...request, terms: request.terms.map((term) => term.slice(0, 32)) }),
    },
  },
  {
    id: "folds-terms",
    does: "Looks for terms in lower case",
    calls: {
      searchText: ({ request, answer }) =>
        answer({ ...request, terms: request.terms.map((term) => term.toLowerCase()) }),
    },
  },
  {
    id: "weighs-fields-alike",
    does: "Weighs all fields of words alike",
    calls: {
      searchText: ({ request, answer }) => answer({ ...request, weights: { own: 1, before: 1, after: 1 } }),
    },
  },
  {
    id: "ends-listings",
    does: "Gives no cursor",
    calls: { list: async ({ answer }) => ({ records: (await answer()).records }) },
  },
  {
    id: "begins-listings-anew",
    does: "Begins a listing anew where a cursor is given",
    calls: {
      list: async ({ request, answer }) => {
        const { cursor, ...rest } = request;
        const page = await answer(rest);
        return cursor === undefined ? page : { records: page.records };
      },
    },
  },
  {
    id: "lists-from-the-oldest",
    does: "Lists a page from the oldest",
    calls: {
      list: async ({ answer }) => {
        const page = await answer();
        return { ...page, records: page.records.toReversed() };
      },
    },
  },
  number("counts-one-more", "Counts one more", (count) => count + 1),
  number("counts-one-less", "Counts one less", (count) => Math.max(0, count - 1)),
  number("counts-to-100", "Counts to 100", (count) => Math.min(100, count)),
  number("counts-to-1000", "Counts to 1,000", (count) => Math.min(1000, count)),
  number("counts-in-hundreds", "Estimates a count over a thousand", (count) =>
    count > 1000 ? Math.round(count / 100) * 100 : count,
  ),
];

async function swapVectors(
  call: Call<"get" | "list">,
  records: readonly StoredRecord[],
): Promise<readonly StoredRecord[]> {
  if (!call.request.vectors) return records;
  const all = await call.namespace.get({
    ids: records.map(({ id }) => id),
    scope: everything,
    vectors: true,
  });
  return records.map((record) => {
    const other = all.find(
      ({ id, payload, vector }) => vector && id === record.id && payload !== record.payload,
    );
    return other?.vector ? { ...record, vector: other.vector } : record;
  });
}

/** Changes the records of an answer, whichever operation gives it. */
function inReadings(
  operations: readonly Reading[],
  change: (record: StoredRecord) => StoredRecord,
): WrongCalls {
  return inRecords(operations, (all) => all.map(change));
}

function inRecords(
  operations: readonly Reading[],
  change: (records: readonly StoredRecord[]) => readonly StoredRecord[],
): WrongCalls {
  const ofHits = async ({ answer }: Call<"search"> | Call<"searchText">) => {
    const hits = await answer();
    const changed = change(hits.map(({ record }) => record));
    return changed.map((record, index) => ({ record, score: hits[index]?.score ?? 0 }));
  };
  const all: Pick<Required<WrongCalls>, Reading> = {
    get: async ({ answer }) => change(await answer()),
    list: async ({ answer }) => {
      const page = await answer();
      return { ...page, records: change(page.records) };
    },
    search: ofHits,
    searchText: ofHits,
  };
  return Object.fromEntries(operations.map((operation) => [operation, all[operation]]));
}

function records(
  id: string,
  does: string,
  change: (records: readonly StoredRecord[]) => readonly StoredRecord[],
): NamedMistake {
  return { id, does, calls: inRecords(reading, change) };
}

function each(id: string, does: string, change: (record: StoredRecord) => StoredRecord): NamedMistake {
  return { id, does, calls: inReadings(reading, change) };
}

function scores(
  id: string,
  does: string,
  change: (score: number) => number,
  operations: readonly ("search" | "searchText")[] = scoring,
): NamedMistake {
  const scored = async ({ answer }: Call<"search"> | Call<"searchText">): Promise<AnswerOf<"search">> =>
    (await answer()).map(({ record, score }) => ({ record, score: change(score) }));
  return { id, does, calls: Object.fromEntries(operations.map((operation) => [operation, scored])) };
}

/** Changes the numbers that counting and deleting answer. */
function number(id: string, does: string, change: (count: number) => number): NamedMistake {
  const counted = async ({ answer }: Call<"count"> | Call<"delete">) => change(await answer());
  return { id, does, calls: { count: counted, delete: counted } };
}

function mapValues(fields: object, change: (value: unknown, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value, name)]));
}
