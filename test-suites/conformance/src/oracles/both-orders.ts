import type { VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";
import { behindTheLine, boundStore } from "./faulty-store.ts";

/** A caller that waits for itself is let through after this, in milliseconds: it ends with another answer then. */
const longest = 10_000;

/**
 * A store that holds up the calls on some namespaces until something has happened, so that of two callers at once the chosen
 * one ends last. A test that knows only one order passes against a program that mixes callers up in the other.
 */
export function holdingUp(
  store: VectorStore,
  isHeldUp: (namespace: Namespace) => boolean,
  until: () => Promise<unknown>,
): VectorStore {
  return {
    ...boundStore(store),
    async open(request) {
      const namespace = await store.open(request);
      if (!isHeldUp(namespace)) return namespace;
      return behindTheLine(namespace, async (_, send) => {
        await Promise.race([until(), new Promise((resolve) => setTimeout(resolve, longest).unref())]);
        return send();
      });
    },
  };
}
