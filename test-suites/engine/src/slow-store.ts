import type { VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";

/** The store as a process sees it whose writes are long on their way: they take effect so many milliseconds later. */
export function slowly(store: VectorStore, delay: number): VectorStore {
  const slow = (namespace: Namespace): Namespace => ({
    manifest: namespace.manifest,
    search: (query) => namespace.search(query),
    ...(namespace.searchText
      ? { searchText: async (query) => (await namespace.searchText?.(query)) ?? [] }
      : {}),
    get: (request) => namespace.get(request),
    list: (query) => namespace.list(query),
    count: (request) => namespace.count(request),
    async upsert(request) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return namespace.upsert(request);
    },
    async delete(request) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return namespace.delete(request);
    },
  });
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: async (request) => slow(await store.open(request)),
    drop: (request) => store.drop(request),
    close: () => store.close(),
  };
}
