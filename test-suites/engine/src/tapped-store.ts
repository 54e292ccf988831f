import type { VectorStore } from "@loci/core";

/** What the stores under a memory are asked, by namespace. */
export function tapped(store: VectorStore): { store: VectorStore; opened: Set<string> } {
  const opened = new Set<string>();
  return {
    opened,
    store: {
      ...store,
      specVersion: 1,
      name: store.name,
      capabilities: store.capabilities,
      open: (request) => {
        opened.add(request.key);
        return store.open(request);
      },
      drop: (request) => store.drop(request),
      close: () => store.close(),
    },
  };
}
