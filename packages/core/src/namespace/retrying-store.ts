import { StoreError } from "../errors/store-error.ts";
import type { Namespace, VectorStore } from "../store/vector-store.ts";
import { type Patience, patiently } from "../util/retry.ts";

const patience: Patience = {
  pauses: [50, 200, 600],
  // What took longer than this has waited enough: a server that hangs is not asked again.
  slowest: 1000,
  passes: (error) => StoreError.isInstance(error) && error.retryable,
};

/**
 * The same store, whose calls are made again when it fails with what passes: a connection that was closed in the pool, a lock,
 * too many requests. Only calls that can be repeated without a difference; a deletion would not count what it deleted before.
 */
export function patientStore(store: VectorStore): VectorStore {
  return {
    specVersion: store.specVersion,
    name: store.name,
    capabilities: store.capabilities,
    open: async (key, options) =>
      patientNamespace(await patiently(patience, options?.signal, () => store.open(key, options))),
    drop: (key, options) => patiently(patience, options?.signal, () => store.drop(key, options)),
    ...(store.traces
      ? {
          traces: (key, options) =>
            patiently(patience, options?.signal, async () => (await store.traces?.(key, options)) ?? []),
        }
      : {}),
    close: () => store.close(),
  };
}

function patientNamespace(namespace: Namespace): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (records, options) =>
      patiently(patience, options?.signal, () => namespace.upsert(records, options)),
    search: (query) => patiently(patience, query.signal, () => namespace.search(query)),
    ...(searchText
      ? { searchText: (query) => patiently(patience, query.signal, () => searchText.call(namespace, query)) }
      : {}),
    get: (ids, within, options) =>
      patiently(patience, options?.signal, () => namespace.get(ids, within, options)),
    list: (query) => patiently(patience, query.signal, () => namespace.list(query)),
    delete: (target, within, options) => namespace.delete(target, within, options),
    count: (within, filter, options) =>
      patiently(patience, options?.signal, () => namespace.count(within, filter, options)),
  };
}
