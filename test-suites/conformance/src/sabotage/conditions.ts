import {
  assertScopeFilter,
  type Filter,
  matchesFilter,
  type Namespace,
  type RecordVersion,
  type ScopeFilter,
  type StoredRecord,
} from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { Call, Operation, WrongCalls } from "./mistake.ts";

/** What has to hold for a query to see a record, each part on its own. */
export type Conditions = Readonly<Record<ConditionName, Condition>>;
type ConditionName = "user" | "agent" | "run" | "filter" | "ids" | "versions";
export type Condition = (record: StoredRecord, query: AnyQuery) => boolean;

/** Whatever asks for records. */
interface AnyQuery {
  readonly scope: ScopeFilter;
  readonly filter?: Filter | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly versions?: readonly RecordVersion[] | undefined;
}

const atLevel =
  (level: "user" | "agent" | "run"): Condition =>
  ({ scopeKey }, { scope }) =>
    scope[level] === "any" || scope[level].includes(scopeKey[level]);

export const rightConditions: Conditions = {
  user: atLevel("user"),
  agent: atLevel("agent"),
  run: atLevel("run"),
  filter: ({ fields }, { filter }) => !filter || matchesFilter(fields, filter),
  ids: ({ id }, { ids }) => !ids || ids.includes(id),
  versions: (record, { versions }) =>
    !versions ||
    versions.some(
      ({ id, version, scopeKey: { user, agent, run } }) =>
        id === record.id &&
        version === record.version &&
        user === record.scopeKey.user &&
        agent === record.scopeKey.agent &&
        run === record.scopeKey.run,
    ),
};

/** The operations that look for records. */
export type Looking = Exclude<Operation, "upsert">;

/** Looks through everything there is, and lets these conditions decide what a call sees. */
export function decidedBy(changed: Partial<Conditions>): Required<Pick<WrongCalls, Looking>> {
  const conditions = Object.values({ ...rightConditions, ...changed });
  const admits = (query: AnyQuery) => (record: StoredRecord) =>
    conditions.every((condition) => condition(record, query));
  const seen = async ({ namespace, request }: Call<Looking>, vectors = false) => {
    assertScopeFilter(request.scope);
    return (await everythingIn(namespace, vectors, request.signal)).filter(admits(request));
  };
  return {
    get: (call) => seen(call, call.request.vectors),
    count: async (call) => (await seen(call)).length,
    async delete(call) {
      const versions = await seen(call);
      const { signal } = call.request;
      return call.namespace.delete({ versions, scope: everything, ...(signal ? { signal } : {}) });
    },
    async search({ request, answer }) {
      assertScopeFilter(request.scope);
      const { filter: _, ...rest } = request;
      const hits = await answer({ ...rest, scope: everything, limit: all });
      return hits.filter(({ record }) => admits(request)(record)).slice(0, request.limit);
    },
    async searchText({ request, answer }) {
      assertScopeFilter(request.scope);
      const { filter: _, ...rest } = request;
      const hits = await answer({ ...rest, scope: everything, limit: all });
      return hits.filter(({ record }) => admits(request)(record)).slice(0, request.limit);
    },
    async list({ request, answer }) {
      assertScopeFilter(request.scope);
      const { filter: _, cursor: first, ...rest } = request;
      const records: StoredRecord[] = [];
      let cursor = first;
      // Each page is as long as there is room, so that the last cursor is that of the last record.
      do {
        const limit = request.limit - records.length;
        const page = await answer({ ...rest, scope: everything, limit, ...(cursor ? { cursor } : {}) });
        records.push(...page.records.filter(admits(request)));
        cursor = page.cursor;
      } while (cursor !== undefined && records.length < request.limit);
      // A page has a next one only where something follows that is seen.
      let more = cursor;
      while (more !== undefined) {
        const page = await answer({ ...rest, scope: everything, limit: 1000, cursor: more });
        if (page.records.some(admits(request))) break;
        more = page.cursor;
      }
      return { records, ...(more === undefined || cursor === undefined ? {} : { cursor }) };
    },
  };
}

/** More than any namespace of the suite holds. */
const all = 100_000;

async function everythingIn(
  namespace: Namespace,
  vectors: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await namespace.list({
      ...{ scope: everything, limit: 1000, vectors },
      ...(cursor ? { cursor } : {}),
      ...(signal ? { signal } : {}),
    });
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return records;
}
