import type { StoredRecord, VectorRecord } from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { AnswerOf, Call } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

/** Writes that compare wrongly, do something else than they say, or do it at another time. */
export const wrongWrites: readonly NamedMistake[] = [
  changesEach(
    "ignores-what-is-expected",
    "Writes whatever is expected",
    ({ expected: _, ...record }) => record,
  ),
  changesEach("ignores-absent", "Writes where nothing is expected", ({ expected, ...record }) =>
    expected && expected !== "absent" ? { ...record, expected } : record,
  ),
  changesEach("ignores-versions", "Writes whatever version is expected", ({ expected, ...record }) =>
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
];

type Change = (record: VectorRecord, call: Call<"upsert">) => VectorRecord;

/** Stores each record with a change. */
export function changesEach(id: string, does: string, change: Change): NamedMistake {
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

export function isOneRecord(a: VectorRecord, b: StoredRecord): boolean {
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
