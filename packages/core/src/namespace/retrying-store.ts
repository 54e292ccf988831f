import { PartialWriteError } from "../errors/partial-write-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { Namespace, VectorStore } from "../store/vector-store.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";

const retryPolicy: RetryPolicy = {
  delays: [50, 200, 600],
  // What took longer than this has waited enough: a server that hangs is not asked again.
  maxAttemptMs: 1000,
  passes: (error) => (StoreError.isInstance(error) || PartialWriteError.isInstance(error)) && error.retryable,
};

/**
 * The same store, whose calls are made again when it fails with what passes: a connection that was closed in the pool, a lock,
 * too many requests. Only calls that can be repeated without a difference: a list that was written in part is written again, whole;
 * a deletion would not count what it deleted before.
 */
export function retryingStore(store: VectorStore): VectorStore {
  return {
    specVersion: store.specVersion,
    name: store.name,
    capabilities: store.capabilities,
    open: async (request) =>
      retryingNamespace(await retry(retryPolicy, request.signal, () => store.open(request))),
    drop: (request) => retry(retryPolicy, request.signal, () => store.drop(request)),
    ...(store.leftovers
      ? {
          leftovers: (request) =>
            retry(retryPolicy, request.signal, async () => (await store.leftovers?.(request)) ?? []),
        }
      : {}),
    close: () => store.close(),
  };
}

function retryingNamespace(namespace: Namespace): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (request) => retry(retryPolicy, request.signal, () => namespace.upsert(request)),
    search: (query) => retry(retryPolicy, query.signal, () => namespace.search(query)),
    ...(searchText
      ? { searchText: (query) => retry(retryPolicy, query.signal, () => searchText.call(namespace, query)) }
      : {}),
    get: (query) => retry(retryPolicy, query.signal, () => namespace.get(query)),
    list: (query) => retry(retryPolicy, query.signal, () => namespace.list(query)),
    delete: (request) => namespace.delete(request),
    count: (query) => retry(retryPolicy, query.signal, () => namespace.count(query)),
  };
}
