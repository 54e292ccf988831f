import { assertScopeFilter, inScope } from "../scope/scope-filter.ts";
import { compilePredicate, type PredicateQuery } from "./compile-predicate.ts";
import { decodeCursor, encodeCursor, type ListPosition } from "./list-cursor.ts";
import type { NamespaceKey } from "./namespace-key.ts";
import { chunks } from "./record-batches.ts";
import type { RunningCalls } from "./running-calls.ts";
import type {
  DriverGetQuery,
  DriverQuery,
  ListedRecord,
  NamespaceDriver,
  StoreDriver,
} from "./store-driver.ts";
import type { DeleteRequest, Namespace, RecordVersion, StoredRecord } from "./vector-store.ts";
import { identityOf, writeRecords } from "./write-records.ts";

/** A namespace as core uses it, of the one that a driver has opened. */
export function namespaceOf<P>({ key, driver, namespace, calls, step }: OpenNamespace<P>): Namespace {
  const { manifest, searchText, residue } = namespace;
  const most = driver.limits.ids ?? driver.limits.records;
  /** Runs a call under its signal, with errors named. */
  const call = <T>(signal: AbortSignal | undefined, task: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    calls.run(signal, (own) => step(key, () => task(own)));
  /** Runs a call about what a query may see. */
  const ask = <T>(query: AnyQuery, task: (asked: DriverQuery<P>) => Promise<T>): Promise<T> =>
    call(query.signal, (signal) => task(asked(query, signal)));
  /** Runs a call about some ids, in as many requests as the backend needs. */
  const askByIds = <T>(
    { ids, ...query }: AnyQuery & { readonly ids: readonly string[] },
    task: (asked: DriverQuery<P>) => Promise<T>,
  ): Promise<readonly T[]> =>
    call(query.signal, async (signal) => {
      assertScopeFilter(query.scope);
      const answers: T[] = [];
      for (const some of chunks([...new Set(ids)], most)) {
        signal.throwIfAborted();
        answers.push(await task(asked({ ...query, ids: some }, signal)));
      }
      return answers;
    });
  const deleteVersions = (
    versions: readonly RecordVersion[],
    { scope, signal }: Pick<DeleteRequest, "scope" | "signal">,
  ): Promise<number> =>
    call(signal, async (own) => {
      assertScopeFilter(scope);
      const covered = versions.filter(({ scopeKey }) => inScope(scope, scopeKey));
      const deleted: number[] = [];
      const lists = distinctVersions(covered).flatMap((list) => [...chunks(list, driver.limits.records)]);
      for (const records of lists) {
        own.throwIfAborted();
        deleted.push(await namespace.deleteVersions({ records, scope, signal: own }));
      }
      return sum(deleted);
    });
  const asked = (query: AnyQuery, signal: AbortSignal): DriverQuery<P> => ({
    where: compilePredicate(query, driver.dialect),
    scope: query.scope,
    signal,
  });

  /** All records of a query, page by page. */
  const listAll = async (query: DriverGetQuery<P>): Promise<readonly StoredRecord[]> => {
    const records: StoredRecord[] = [];
    for (let after: ListPosition | undefined; ; ) {
      query.signal.throwIfAborted();
      const page = await namespace.list({ ...query, limit: pageSize, after });
      records.push(...page.map(({ record }) => record));
      const last = page.at(-1);
      if (!last || page.length < pageSize) return records;
      after = positionOf(last);
    }
  };

  return {
    manifest,
    upsert: ({ records, leading, signal }) =>
      call(signal, (own) => writeRecords({ key, driver, namespace, signal: own }, records, leading)),
    ...(namespace.ordersWrites ? { ordersWrites: true } : {}),
    search: ({ vector, limit, ...query }) =>
      ask(query, async (given) =>
        // Nothing can be compared with a vector of another embedder.
        vector.length === manifest.embedder?.dimensions ? namespace.search({ ...given, vector, limit }) : [],
      ),
    ...(searchText
      ? {
          searchText: ({ terms, weights, limit, ...query }) =>
            ask(query, async (given) =>
              terms.length > 0 ? searchText.call(namespace, { ...given, terms, weights, limit }) : [],
            ),
        }
      : {}),
    get: async ({ vectors = false, ...query }) =>
      (
        await askByIds(
          query,
          (given) => namespace.get?.({ ...given, vectors }) ?? listAll({ ...given, vectors }),
        )
      ).flat(),
    list: ({ limit, cursor, vectors = false, ...query }) =>
      ask(query, async (given) => {
        const after = cursor === undefined ? undefined : decodeCursor(key, cursor);
        const listed = await namespace.list({ ...given, limit: limit + 1, after, vectors });
        const page = listed.slice(0, limit);
        const last = listed.length > limit ? page.at(-1) : undefined;
        return {
          records: page.map(({ record }) => record),
          ...(last ? { cursor: encodeCursor(key, positionOf(last)) } : {}),
        };
      }),
    delete: async ({ ids, versions, ...query }) => {
      if (versions) return deleteVersions(versions, query);
      if (!ids) return ask(query, (given) => namespace.delete(given));
      return sum(await askByIds({ ids, ...query }, (given) => namespace.delete(given)));
    },
    count: (query) => ask(query, (given) => namespace.count(given)),
    ...(residue
      ? { residue: ({ signal }) => call(signal, (own) => residue.call(namespace, { signal: own })) }
      : {}),
  };
}

/** The most records of a page that the kit asks for. */
const pageSize = 1000;

function positionOf({ record, tie }: ListedRecord): ListPosition {
  return { createdAt: record.fields.$createdAt, tie };
}

/** Each version once, in lists of which none has two versions of one record. */
function distinctVersions(versions: readonly RecordVersion[]): readonly (readonly RecordVersion[])[] {
  const lists: Map<string, RecordVersion>[] = [];
  for (const one of versions) {
    const identity = identityOf(one);
    if (lists.some((list) => list.get(identity)?.version === one.version)) continue;
    const free = lists.find((list) => !list.has(identity));
    if (free) free.set(identity, one);
    else lists.push(new Map([[identity, one]]));
  }
  return lists.map((list) => [...list.values()]);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}

type AnyQuery = PredicateQuery & { readonly signal?: AbortSignal };

/** An open namespace, and what the kit has for its calls. */
export interface OpenNamespace<P> {
  readonly key: NamespaceKey;
  readonly driver: StoreDriver<P>;
  readonly namespace: NamespaceDriver<P>;
  readonly calls: RunningCalls;
  readonly step: <T>(key: NamespaceKey, task: () => Promise<T>) => Promise<T>;
}
