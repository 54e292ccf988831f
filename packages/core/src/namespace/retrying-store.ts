import { StoreError } from "../errors/store-error.ts";
import type { Namespace, VectorStore } from "../store/vector-store.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";

const retryPolicy: RetryPolicy = {
  delays: [50, 200, 600],
  // What took longer than this has waited enough: a server that hangs is not asked again.
  maxAttemptMs: 1000,
  isTransient: (error) => StoreError.isInstance(error) && error.retryable,
};

/**
 * The same store, whose calls are made again when it fails with what passes: a connection that was closed in the pool, a lock,
 * too many requests. Only calls that can be repeated without a difference; a deletion would not count what it deleted before.
 */
export function retryingStore(store: VectorStore): VectorStore {
  return {
    specVersion: store.specVersion,
    name: store.name,
    capabilities: store.capabilities,
    open: async (key, options) =>
      retryingNamespace(await retry(retryPolicy, options?.signal, () => store.open(key, options))),
    drop: (key, options) => retry(retryPolicy, options?.signal, () => store.drop(key, options)),
    ...(store.leftovers
      ? {
          leftovers: (key, options) =>
            retry(retryPolicy, options?.signal, async () => (await store.leftovers?.(key, options)) ?? []),
        }
      : {}),
    close: () => store.close(),
  };
}

function retryingNamespace(namespace: Namespace): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (records, options) =>
      retry(retryPolicy, options?.signal, () => namespace.upsert(records, options)),
    search: (query) => retry(retryPolicy, query.signal, () => namespace.search(query)),
    ...(searchText
      ? { searchText: (query) => retry(retryPolicy, query.signal, () => searchText.call(namespace, query)) }
      : {}),
    get: (ids, scope, options) =>
      retry(retryPolicy, options?.signal, () => namespace.get(ids, scope, options)),
    list: (query) => retry(retryPolicy, query.signal, () => namespace.list(query)),
    delete: (target, scope, options) => namespace.delete(target, scope, options),
    count: (scope, filter, options) =>
      retry(retryPolicy, options?.signal, () => namespace.count(scope, filter, options)),
  };
}
