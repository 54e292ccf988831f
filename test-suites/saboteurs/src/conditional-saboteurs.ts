import type { Expected, RecordContent, RecordVersion, ScopeFilter, VectorRecord } from "@loci/core/store";
import type { DeleteRequest, Query, UpsertRequest } from "./contract.ts";
import { RightStore, type Row, type Space } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** Others get their turn. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Compares what a record expects in a way of its own. */
function expects(
  holds: (expected: Expected, before: Row | undefined, space: Space, record: VectorRecord) => boolean,
): new () => RightStore {
  return class extends RightStore {
    override holds(
      expected: Expected | undefined,
      before: Row | undefined,
      space: Space,
      record: VectorRecord,
    ) {
      return expected === undefined || holds(expected, before, space, record);
    }
  };
}

/** Gives versions in a way of its own. */
function versions(give: (record: RecordContent, before: Row | undefined) => string | undefined) {
  return class extends RightStore {
    override version(space: Space, record: RecordContent, before: Row | undefined) {
      return give(record, before) ?? super.version(space, record, before);
    }
  };
}

const isAt = (expected: Expected, before: Row | undefined) =>
  expected !== "absent" && before?.version === expected.version;
const contentOf = ({ payload, fields, keywords }: Row) => JSON.stringify([payload, fields, keywords]);

/** Stores that get versions wrong, or what is expected of them. */
export const conditionalSaboteurs: readonly Saboteur[] = [
  store(
    "ignores-what-is-expected",
    "Every write is done, whatever it expects.",
    expects(() => true),
    "core",
  ),
  store(
    "takes-absent-for-anything",
    "A record that is expected to be absent replaces what is there.",
    expects((expected, before) => expected === "absent" || isAt(expected, before)),
    "core",
  ),
  store(
    "writes-what-was-deleted",
    "Where nothing lies, every version is accepted, so that a late write brings back what was deleted.",
    expects((expected, before) => before === undefined || isAt(expected, before)),
  ),
  store(
    "expects-by-id",
    "What is expected is looked for by id alone, among everybody's records.",
    expects((expected, _, space, { id }) => {
      const known = [...space.records.values()].filter((record) => record.id === id);
      return expected === "absent" ? known.length === 0 : known.some((record) => isAt(expected, record));
    }),
  ),
  store(
    "compares-a-moment-ago",
    "What is stored is compared first and replaced later, so that several win.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const conflicts = this.distinct(request.records).filter(
          (record) => !this.holds(record.expected, space.records.get(this.identify(record)), space, record),
        );
        await pause();
        const others = request.records.filter((record) => !conflicts.includes(record));
        await super.upsert(space, {
          ...request,
          records: others.map(({ expected: _, ...record }) => record),
        });
        return conflicts;
      }
    },
    "core",
  ),
  store(
    "deletes-a-moment-later",
    "A deletion by version compares first and deletes later what has been replaced meanwhile.",
    class extends RightStore {
      override async delete(space: Space, request: DeleteRequest) {
        if (!request.versions) return super.delete(space, request);
        const doomed = this.atVersions(space, request, request.versions);
        await pause();
        for (const record of doomed) space.records.delete(this.identify(record));
        return doomed.length;
      }
    },
  ),
  store(
    "compares-with-a-cache",
    "What is expected is compared with what this process has written last, whatever others have.",
    class extends RightStore {
      readonly #known = new Map<string, Row>();
      override holds(
        expected: Expected | undefined,
        before: Row | undefined,
        space: Space,
        record: VectorRecord,
      ) {
        const known = before && this.#known.get(this.identify(record));
        return super.holds(expected, known ?? before, space, record);
      }
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        super.write(space, record, before);
        this.#known.set(this.identify(record), space.records.get(this.identify(record)) as Row);
      }
    },
    "core",
  ),
  store(
    "writes-before-it-compares",
    "A record that conflicts is answered as a conflict, and stored all the same.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const conflicts = await super.upsert(space, request);
        for (const record of conflicts) this.write(space, record, space.records.get(this.identify(record)));
        return conflicts;
      }
    },
    "core",
  ),
  store(
    "counts-versions-anew",
    "A record that is made again begins with the versions that it had before it was deleted.",
    versions((_, before) => String(Number(before?.version ?? 0) + 1)),
    "core",
  ),
  store(
    "keeps-the-version-of-equal-content",
    "A write that changes nothing leaves the version as it was.",
    versions((record, before) =>
      before && contentOf(before) === contentOf(record as Row) ? before.version : undefined,
    ),
    "core",
  ),
  store(
    "makes-versions-of-content",
    "A version is a digest of what was written, and returns with it.",
    versions((record) => contentOf(record as Row)),
    "core",
  ),
  store(
    "counts-conditional-writes-only",
    "A write without a condition leaves the version as it was.",
    class extends RightStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        super.write(space, record, before);
        const written = space.records.get(this.identify(record));
        if (written && before && !record.expected)
          space.records.set(this.identify(record), { ...written, version: before.version });
      }
    },
    "core",
  ),
  store(
    "refuses-all-for-one",
    "Where one of several records conflicts, none is written.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const fits = request.records.every((record) =>
          this.holds(record.expected, space.records.get(this.identify(record)), space, record),
        );
        return fits ? super.upsert(space, request) : request.records;
      }
    },
    "core",
  ),
  store(
    "stops-at-the-first-conflict",
    "What follows a conflict in a list is neither written nor answered.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        for (const record of this.distinct(request.records)) {
          const conflicts = await super.upsert(space, { ...request, records: [record] });
          if (conflicts.length > 0) return conflicts;
        }
        return [];
      }
    },
    "core",
  ),
  store(
    "forgets-conflicts-of-later-batches",
    "Of a long list, only the conflicts among the first hundred are answered.",
    class extends RightStore {
      override async upsert(space: Space, request: UpsertRequest) {
        const conflicts = await super.upsert(space, request);
        return conflicts.filter((record) => request.records.indexOf(record) < 100);
      }
    },
    "core",
  ),
  store(
    "stores-what-is-expected",
    "What a write expects is stored with the record, and read as a part of it.",
    class extends RightStore {
      override write(space: Space, record: VectorRecord, before: Row | undefined) {
        super.write(space, record, before);
        Object.assign(space.records.get(this.identify(record)) ?? {}, { expected: record.expected });
      }
    },
    "core",
  ),
  store(
    "leaves-versions-out-of-searches",
    "A record that was found by a search has no version.",
    class extends RightStore {
      override best(...given: Parameters<RightStore["best"]>) {
        return super
          .best(...given)
          .map(({ record, score }) => ({ record: { ...record, version: "" }, score }));
      }
    },
    "core",
  ),
  store(
    "deletes-whatever-the-version",
    "A deletion by version deletes the record, whatever its version is by now.",
    class extends RightStore {
      override atVersions(space: Space, query: Query, wanted: readonly RecordVersion[]) {
        const names = new Set(wanted.map((one) => this.identify(one)));
        return this.visible(space, query, "delete").filter((record) => names.has(this.identify(record)));
      }
    },
    "core",
  ),
  store(
    "deletes-versions-of-any-placement",
    "A deletion by version looks for id and version, whoever has such a record.",
    class extends RightStore {
      override atVersions(space: Space, query: Query, wanted: readonly RecordVersion[]) {
        return this.visible(space, query, "delete").filter(({ id, version }) =>
          wanted.some((one) => one.id === id && one.version === version),
        );
      }
    },
  ),
  store(
    "deletes-versions-outside-the-reach",
    "A deletion by version was written without the scope.",
    class extends RightStore {
      override atVersions(space: Space, query: Query, wanted: readonly RecordVersion[]) {
        query.signal?.throwIfAborted();
        this.checkReach(query.scope);
        const all: ScopeFilter = { ...query.scope, user: "any", agent: "any", run: "any" };
        return [...this.live(space).records.values()].filter(
          (record) =>
            this.inScope(all, record.scopeKey, "delete") &&
            wanted.some(
              (one) => this.identify(one) === this.identify(record) && one.version === record.version,
            ),
        );
      }
    },
  ),
  store(
    "deletes-five-hundred-versions",
    "A deletion by version deletes the first 500.",
    class extends RightStore {
      override atVersions(space: Space, query: Query, wanted: readonly RecordVersion[]) {
        return super.atVersions(space, query, wanted.slice(0, 500));
      }
    },
    "core",
  ),
  store(
    "counts-what-it-was-asked",
    "A deletion by version says how many versions it was given.",
    class extends RightStore {
      override async delete(space: Space, request: DeleteRequest) {
        const deleted = await super.delete(space, request);
        return request.versions?.length ?? deleted;
      }
    },
    "core",
  ),
];
