import type { VectorStore } from "@loci/core";

/** A store that is now and then a little late. */
export function hesitant(store: VectorStore): VectorStore {
  const late = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    async open(...given) {
      await late();
      return store.open(...given);
    },
    async drop(...given) {
      await late();
      return store.drop(...given);
    },
    close: () => store.close(),
  };
}
