import type { Namespace, VectorStore } from "@loci/core";

/** A store whose writes are over when the harness says that the backend has settled. */
export function settlingStore(store: VectorStore, settle: () => Promise<void>): VectorStore {
  const settled = async <T>(write: Promise<T>): Promise<T> => {
    const result = await write;
    await settle();
    return result;
  };
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: async (key, options) => settlingNamespace(await store.open(key, options), settled),
    drop: (key, options) => settled(store.drop(key, options)),
    ...(store.leftovers ? { leftovers: async (...given) => (await store.leftovers?.(...given)) ?? [] } : {}),
    close: () => store.close(),
  };
}

function settlingNamespace(namespace: Namespace, settled: <T>(write: Promise<T>) => Promise<T>): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (records, options) => settled(namespace.upsert(records, options)),
    delete: (target, scope, options) => settled(namespace.delete(target, scope, options)),
    search: (query) => namespace.search(query),
    ...(searchText ? { searchText: (query) => searchText.call(namespace, query) } : {}),
    get: (ids, scope, options) => namespace.get(ids, scope, options),
    list: (query) => namespace.list(query),
    count: (scope, filter, options) => namespace.count(scope, filter, options),
  };
}
