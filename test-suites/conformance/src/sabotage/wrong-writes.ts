import { noExpiry, type StoredRecord, type VectorRecord } from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { AnswerOf, Call } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

/** Writes that store something else than they were given, or say something else than they did. */
export const wrongWrites: readonly NamedMistake[] = [
  each("cuts-what-it-writes", "Stores 50,000 characters of a payload", (record) => ({
    ...record,
    payload: record.payload.slice(0, 50_000),
  })),
  each("folds-what-it-writes", "Stores payloads in NFC", (record) => ({
    ...record,
    payload: record.payload.normalize("NFC"),
  })),
  each("writes-no-vectors", "Stores no vector", ({ vector: _, ...record }) => record),
  each("writes-zeros-for-vectors", "Stores zeros where a record has no vector", (record) => ({
    ...record,
    vector: record.vector ?? new Float32Array(8),
  })),
  each("rounds-vectors", "Stores vectors with one decimal", (record) =>
    record.vector ? { ...record, vector: record.vector.map((value) => Math.round(value * 10) / 10) } : record,
  ),
  each("writes-twenty-terms", "Stores the first twenty terms", (record) => ({
    ...record,
    keywords: { ...record.keywords, own: record.keywords.own.slice(0, 20) },
  })),
  each("writes-terms-of-32-characters", "Cuts stored terms after 32 characters", (record) => ({
    ...record,
    keywords: { ...record.keywords, own: record.keywords.own.map((term) => term.slice(0, 32)) },
  })),
  each("writes-no-neighbours", "Stores no terms of neighbours", (record) => ({
    ...record,
    keywords: { ...record.keywords, before: [], after: [] },
  })),
  each("writes-numbers-as-floats", "Stores numbers in single precision", (record) => ({
    ...record,
    fields: mapFields(record, (value) => (typeof value === "number" ? Math.fround(value) : value)),
  })),
  each("writes-lists-as-values", "Stores the first value of a list", (record) => ({
    ...record,
    fields: mapFields(record, (value) => (Array.isArray(value) ? value[0] : value)),
  })),
  each("writes-no-empty-texts", "Stores no fields with an empty text", (record) => ({
    ...record,
    fields: filterFields(record, (value) => value !== ""),
  })),
  each("writes-no-false", "Stores no fields that are false", (record) => ({
    ...record,
    fields: filterFields(record, (value) => value !== false),
  })),
  each("writes-no-expiry", "Stores no time of expiry", (record) => ({
    ...record,
    fields: { ...record.fields, $expiresAt: noExpiry },
  })),
  each("writes-no-closing", "Stores no time of closing", (record) => ({
    ...record,
    fields: { ...record.fields, $validTo: noExpiry },
  })),
  each("writes-seconds", "Stores times in seconds", (record) => ({
    ...record,
    fields: mapFields(record, (value, name) =>
      name.startsWith("$") && typeof value === "number" && value !== noExpiry
        ? Math.floor(value / 1000) * 1000
        : value,
    ),
  })),
  each("writes-times-from-1970-on", "Stores times before 1970 as 1970", (record) => ({
    ...record,
    fields: mapFields(record, (value, name) =>
      name.startsWith("$") && typeof value === "number" ? Math.max(0, value) : value,
    ),
  })),
  each("loses-the-user", "Stores a record without its user", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, user: "" },
  })),
  each("loses-the-agent", "Stores a record without its agent", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, agent: "" },
  })),
  each("loses-the-run", "Stores a record without its run", (record) => ({
    ...record,
    scopeKey: { ...record.scopeKey, run: "" },
  })),
  each("stamps-what-it-writes", "Stores its own namespace with a record", (record, { key }) => ({
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
  each("ignores-what-is-expected", "Writes whatever is expected", ({ expected: _, ...record }) => record),
  each("ignores-absent", "Writes where nothing is expected", ({ expected, ...record }) =>
    expected && expected !== "absent" ? { ...record, expected } : record,
  ),
  each("ignores-versions", "Writes whatever version is expected", ({ expected, ...record }) =>
    expected === "absent" ? { ...record, expected } : record,
  ),
  {
    id: "writes-what-was-deleted",
    does: "Writes where a version is expected and nothing is",
    calls: {
      upsert: async ({ request, answer }) => {
        const conflicts = await answer();
        const late = conflicts.filter(({ expected }) => expected !== "absent");
        return [
          ...conflicts.filter((one) => !late.includes(one)),
          ...(await answer({
            ...request,
            records: late.map((record) => ({ ...record, expected: "absent" })),
          })),
        ];
      },
    },
  },
  batch("loses-the-last-record", "Leaves out the last of several records", (all) =>
    all.length > 1 ? all.slice(0, -1) : all,
  ),
  batch("writes-a-hundred", "Stores the first 100 records", (all) => all.slice(0, 100)),
  batch("writes-500", "Stores the first 500 records", (all) => all.slice(0, 500)),
  batch("writes-the-first-of-equals", "Stores the first of several that are one record", (all) =>
    all.toReversed(),
  ),
  {
    id: "says-no-conflict",
    does: "Answers that nothing conflicts",
    calls: {
      upsert: async ({ answer }) => {
        await answer();
        return [];
      },
    },
  },
  {
    id: "says-one-conflict",
    does: "Answers the first conflict only",
    calls: { upsert: async ({ answer }) => (await answer()).slice(0, 1) },
  },
  {
    id: "says-all-conflict",
    does: "Answers that all records conflict where one does",
    calls: { upsert: async ({ request, answer }) => ((await answer()).length > 0 ? request.records : []) },
  },
  {
    id: "acknowledges-only",
    does: "Acknowledges a write and does nothing",
    calls: {
      upsert: async ({ request }) => {
        request.signal?.throwIfAborted();
        return [];
      },
    },
  },
  {
    id: "acknowledges-too-early",
    does: "Acknowledges a write a moment before it is done",
    calls: {
      upsert: async ({ request, answer }) => {
        request.signal?.throwIfAborted();
        void new Promise((resolve) => setTimeout(resolve, 2)).then(() => answer()).catch(() => undefined);
        return [];
      },
    },
  },
  {
    id: "writes-in-two-steps",
    does: "Deletes a record before it writes it again",
    calls: {
      upsert: async ({ namespace, request, answer }) => {
        request.signal?.throwIfAborted();
        const plain = request.records.filter(({ expected }) => expected === undefined);
        const before = await namespace.get({ ids: plain.map(({ id }) => id), scope: everything });
        const versions = before.filter((old) => plain.some((record) => isOneRecord(record, old)));
        if (versions.length > 0) await namespace.delete({ versions, scope: everything });
        await new Promise((resolve) => setTimeout(resolve, 1));
        return answer();
      },
    },
  },
  {
    id: "compares-before-it-writes",
    does: "Compares versions a moment before it writes",
    calls: {
      upsert: async ({ namespace, request, answer }) => {
        const before = await namespace.get({ ids: request.records.map(({ id }) => id), scope: everything });
        const conflicts = request.records.filter((record) =>
          conflictsWith(
            record,
            before.find((old) => isOneRecord(record, old)),
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 1));
        const records = request.records
          .filter((record) => !conflicts.includes(record))
          .map(({ expected: _, ...record }) => record);
        await answer({ ...request, records });
        return conflicts;
      },
    },
  },
  {
    id: "writes-what-was-aborted",
    does: "Writes and deletes although the signal is aborted",
    calls: {
      upsert: async ({ request: { records }, request, answer }) => {
        const conflicts = await answer({ records });
        request.signal?.throwIfAborted();
        return conflicts;
      },
      delete: async ({ request, answer }) => {
        const { signal, ...rest } = request;
        const deleted = await answer(rest as typeof request);
        signal?.throwIfAborted();
        return deleted;
      },
    },
  },
  {
    id: "steals-ids",
    does: "Removes other owners' records of an id when it writes one",
    calls: {
      upsert: async ({ namespace, request, answer }) => {
        request.signal?.throwIfAborted();
        const others = await namespace.get({ ids: request.records.map(({ id }) => id), scope: everything });
        const versions = others.filter(
          (other) => !request.records.some((record) => isOneRecord(record, other)),
        );
        await namespace.delete({ versions, scope: everything });
        return answer();
      },
    },
  },
  {
    id: "deletes-500",
    does: "Deletes at most 500 records",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const { ids, versions } = request;
        if (ids) return answer({ ...request, ids: ids.slice(0, 500) });
        if (versions) return answer({ ...request, versions: versions.slice(0, 500) });
        const { scope, filter, signal } = request;
        const page = await namespace.list({
          scope,
          limit: 500,
          ...(filter ? { filter } : {}),
          ...(signal ? { signal } : {}),
        });
        return namespace.delete({ scope: everything, versions: page.records });
      },
    },
  },
  {
    id: "deletes-nothing",
    does: "Says how many records a deletion would delete, and deletes none",
    calls: {
      delete: async ({ namespace, request }) => {
        const { ids, versions, scope, filter, signal } = request;
        if (versions) return versions.length;
        if (ids) return (await namespace.get({ ids, scope, ...(signal ? { signal } : {}) })).length;
        return namespace.count({ scope, ...(filter ? { filter } : {}), ...(signal ? { signal } : {}) });
      },
    },
  },
  {
    id: "deletes-a-moment-later",
    does: "Answers a deletion a moment before it is done",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        request.signal?.throwIfAborted();
        const { ids, versions, scope, filter } = request;
        const count = versions
          ? versions.length
          : ids
            ? (await namespace.get({ ids, scope })).length
            : await namespace.count({ scope, ...(filter ? { filter } : {}) });
        void new Promise((resolve) => setTimeout(resolve, 2)).then(() => answer()).catch(() => undefined);
        return count;
      },
    },
  },
  {
    id: "deletes-one-of-equal-ids",
    does: "Deletes one of the records that have an id",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const { ids, scope, signal } = request;
        if (!ids) return answer();
        const found = await namespace.get({ ids, scope, ...(signal ? { signal } : {}) });
        const versions = [...new Map(found.map((record) => [record.id, record])).values()];
        return namespace.delete({ scope: everything, versions });
      },
    },
  },
  {
    id: "deletes-what-is-shared",
    does: "Deletes what all users share along with what is one's own",
    calls: {
      delete: async ({ namespace, request, answer }) => {
        const deleted = await answer();
        const { ids, versions, filter, scope } = request;
        if (ids || versions || filter || scope.user === "any") return deleted;
        const all = await namespace.list({ scope: everything, limit: 1000 });
        await namespace.delete({
          scope: everything,
          versions: all.records.filter(({ scopeKey }) => scopeKey.user === ""),
        });
        return deleted;
      },
    },
  },
];

type Change = (record: VectorRecord, call: Call<"upsert">) => VectorRecord;

function each(id: string, does: string, change: Change): NamedMistake {
  const upsert = async (call: Call<"upsert">): Promise<AnswerOf<"upsert">> => {
    const given = new Map<VectorRecord, VectorRecord>(
      call.request.records.map((record) => [change(record, call), record]),
    );
    const conflicts = await call.answer({ ...call.request, records: [...given.keys()] });
    return conflicts.map((conflict) => given.get(conflict) ?? conflict);
  };
  return { id, does, calls: { upsert } };
}

function batch(
  id: string,
  does: string,
  change: (records: readonly VectorRecord[]) => readonly VectorRecord[],
): NamedMistake {
  return {
    id,
    does,
    calls: { upsert: ({ request, answer }) => answer({ ...request, records: change(request.records) }) },
  };
}

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

function isOneRecord(a: VectorRecord, b: StoredRecord): boolean {
  return (
    a.id === b.id &&
    a.scopeKey.user === b.scopeKey.user &&
    a.scopeKey.agent === b.scopeKey.agent &&
    a.scopeKey.run === b.scopeKey.run
  );
}

function conflictsWith({ expected }: VectorRecord, before: StoredRecord | undefined): boolean {
  if (expected === undefined) return false;
  return expected === "absent" ? before !== undefined : before?.version !== expected.version;
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
