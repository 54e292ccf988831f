import type { Namespace, VectorStore } from "@loci/core";
import { boundStore, faultyStore } from "./faulty-store.ts";

/**
 * A store that holds up the calls on some namespaces, so that of two callers at once the chosen one ends last. A
 * test that knows only one order passes against a program that mixes callers up in the other.
 */
export function holdingUp(store: VectorStore, isHeldUp: (namespace: Namespace) => boolean): VectorStore {
  return {
    ...boundStore(store),
    async open(key, options) {
      const namespace = await store.open(key, options);
      if (!isHeldUp(namespace)) return namespace;
      const only = { ...boundStore(store), open: async () => namespace };
      return faultyStore(only, (operation) => (operation === "open" ? "none" : "delay")).open(key);
    },
  };
}
