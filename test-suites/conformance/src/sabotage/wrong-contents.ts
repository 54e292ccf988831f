import { noExpiry, type StoredRecord, type VectorRecord } from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { AnswerOf, Call } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";
import { changesEach, isOneRecord } from "./wrong-writes.ts";

/** Writes that store something else than they were given. */
export const wrongContents: readonly NamedMistake[] = [
  changesEach("cuts-what-it-writes", "Stores 50,000 characters of a payload", (record) => ({
    ...record,
    payload: record.payload.slice(0, 50_000),
  })),
  changesEach("folds-what-it-writes", "Stores payloads in NFC", (record) => ({
    ...record,
    payload: record.payload.normalize("NFC"),
  })),
  changesEach("writes-no-vectors", "Stores no vector", ({ vector: _, ...record }) => record),
  changesEach("writes-zeros-for-vectors", "Stores zeros where a record has no vector", (record) => ({
    ...record,
    vector: record.vector ?? new Float32Array(8),
  })),
  changesEach("rounds-vectors", "Stores vectors with one decimal", (record) =>
    record.vector ? { ...record, vector: record.vector.map((value) => Math.round(value * 10) / 10) } : record,
  ),
  changesEach("writes-twenty-terms", "Stores the first twenty terms", (record) => ({
    ...record,
    keywords: { ...record.keywords, own: record.keywords.own.slice(0, 20) },
  })),
  changesEach("writes-terms-of-32-characters", "Cuts stored terms after 32 characters", (record) => ({
    ...record,
    keywords: { ...record.keywords, own: record.keywords.own.map((term) => term.slice(0, 32)) },
  })),
  changesEach("writes-no-neighbours", "Stores no terms of neighbours", (record) => ({
    ...record,
    keywords: { ...record.keywords, before: [], after: [] },
  })),
  changesEach("writes-numbers-as-floats", "Stores numbers in single precision", (record) => ({
    ...record,
    fields: mapFields(record, (value) => (typeof value === "number" ? Math.fround(value) : value)),
  })),
  changesEach("writes-lists-as-values", "Stores the first value of a list", (record) => ({
    ...record,
    fields: mapFields(record, (value) => (Array.isArray(value) ? value[0] : value)),
  })),
  changesEach("writes-no-empty-texts", "Stores no fields with an empty text", (record) => ({
    ...record,
    fields: filterFields(record, (value) => value !== ""),
  })),
  changesEach("writes-no-false", "Stores no fields that are false", (record) => ({
    ...record,
    fields: filterFields(record, (value) => value !== false),
  })),
  changesEach("writes-no-expiry", "Stores no time of expiry", (record) => ({
    ...record,
    fields: { ...record.fields, $expiresAt: noExpiry },
  })),
  changesEach("writes-no-closing", "Stores no time of closing", (record) => ({
    ...record,
    fields: { ...record.fields, $validTo: noExpiry },
  })),
  changesEach("writes-seconds", "Stores times in seconds", (record) => ({
    ...record,
    fields: mapFields(record, (value, name) =>
      name.startsWith("$") && typeof value === "number" && value !== noExpiry
        ? Math.floor(value / 1000) * 1000
        : value,
    ),
  })),
  changesEach("writes-times-from-1970-on", "Stores times before 1970 as 1970", (record) => ({
    ...record,
    fields: mapFields(record, (value, name) =>
      name.startsWith("$") && typeof value === "number" ? Math.max(0, value) : value,
    ),
  })),
  changesEach("loses-the-user", "Stores a record without its user", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, user: "" },
  })),
  changesEach("loses-the-agent", "Stores a record without its agent", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, agent: "" },
  })),
  changesEach("loses-the-run", "Stores a record without its run", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, run: "" },
  })),
  changesEach("stamps-what-it-writes", "Stores its own namespace with a record", (record, { key }) => ({
    ...record,
    namespace: key,
  })),
  replaced("keeps-old-fields", "Keeps the fields of the record that is replaced", (record, before) => ({
    ...record,
    fields: { ...before.fields, ...record.fields },
  })),
  replaced("keeps-old-texts", "Keeps the payload of the record that is replaced", (record, { payload }) => ({
    ...record,
    payload,
  })),
  replaced(
    "keeps-old-times",
    "Keeps the times of the record that is replaced",
    (record, { fields: { $createdAt, $validFrom, $validTo, $expiresAt } }) => ({
      ...record,
      fields: { ...record.fields, $createdAt, $validFrom, $validTo, $expiresAt },
    }),
  ),
  replaced("keeps-old-vectors", "Keeps the vector of the record that is replaced", (record, { vector }) =>
    vector ? { ...record, vector } : record,
  ),
  replaced(
    "keeps-old-vectors-where-none-is-given",
    "Keeps the vector of the record that is replaced where the new one has none",
    (record, { vector }) => (vector && !record.vector ? { ...record, vector } : record),
  ),
];

/** Something of the record that was there stays. */
function replaced(
  id: string,
  does: string,
  change: (record: VectorRecord, before: StoredRecord) => VectorRecord,
): NamedMistake {
  const upsert = async ({ namespace, request, answer }: Call<"upsert">): Promise<AnswerOf<"upsert">> => {
    request.signal?.throwIfAborted();
    const ids = request.records.map(({ id }) => id);
    const known = await namespace.get({ ids, scope: everything, vectors: true });
    const given = new Map(
      request.records.map((record) => {
        const before = known.find((old) => isOneRecord(record, old));
        return [before ? change(record, before) : record, record];
      }),
    );
    const conflicts = await answer({ ...request, records: [...given.keys()] });
    return conflicts.map((conflict) => given.get(conflict) ?? conflict);
  };
  return { id, does, calls: { upsert } };
}

function mapFields(
  { fields }: VectorRecord,
  change: (value: unknown, name: string) => unknown,
): VectorRecord["fields"] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, change(value, name)]),
  ) as VectorRecord["fields"];
}

function filterFields({ fields }: VectorRecord, keeps: (value: unknown) => boolean): VectorRecord["fields"] {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => keeps(value)),
  ) as VectorRecord["fields"];
}
