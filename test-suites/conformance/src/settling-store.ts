import type { VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";

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
    open: async (request) => settlingNamespace(await store.open(request), settled),
    drop: (request) => settled(store.drop(request)),
    ...(store.leftovers ? { leftovers: async (request) => (await store.leftovers?.(request)) ?? [] } : {}),
    close: () => store.close(),
  };
}

function settlingNamespace(namespace: Namespace, settled: <T>(write: Promise<T>) => Promise<T>): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: (request) => settled(namespace.upsert(request)),
    delete: (request) => settled(namespace.delete(request)),
    search: (query) => namespace.search(query),
    ...(searchText ? { searchText: (query) => searchText.call(namespace, query) } : {}),
    get: (query) => namespace.get(query),
    list: (query) => namespace.list(query),
    count: (query) => namespace.count(query),
  };
}
