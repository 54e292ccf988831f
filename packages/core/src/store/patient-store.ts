import { StoreError } from "../errors/store-error.ts";
import type { Namespace, VectorStore } from "./vector-store.ts";

/** The pauses before each new attempt, in milliseconds. */
const pauses = [50, 200, 600];
/** What took longer than this has waited enough: a server that hangs is not asked again. */
const patience = 1000;

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
      patientNamespace(await patiently(options?.signal, () => store.open(key, options))),
    drop: (key, options) => patiently(options?.signal, () => store.drop(key, options)),
    close: () => store.close(),
  };
}

function patientNamespace(namespace: Namespace): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (records, options) => patiently(options?.signal, () => namespace.upsert(records, options)),
    search: (query) => patiently(query.signal, () => namespace.search(query)),
    ...(searchText
      ? { searchText: (query) => patiently(query.signal, () => searchText.call(namespace, query)) }
      : {}),
    get: (ids, within, options) => patiently(options?.signal, () => namespace.get(ids, within, options)),
    list: (query) => patiently(query.signal, () => namespace.list(query)),
    delete: (target, within, options) => namespace.delete(target, within, options),
    count: (within, filter, options) =>
      patiently(options?.signal, () => namespace.count(within, filter, options)),
  };
}

async function patiently<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    const start = Date.now();
    try {
      return await call();
    } catch (error) {
      const passes = StoreError.isInstance(error) && error.retryable;
      if (!passes || signal?.aborted || Date.now() - start > patience) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    }
  }
  return call();
}
