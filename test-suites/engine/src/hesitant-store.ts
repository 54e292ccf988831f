import type { VectorStore } from "@loci/core";

/** A store that is now and then a little late. */
export function hesitant(store: VectorStore): VectorStore {
  const late = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    async open(request) {
      await late();
      return store.open(request);
    },
    async drop(request) {
      await late();
      return store.drop(request);
    },
    close: () => store.close(),
  };
}
