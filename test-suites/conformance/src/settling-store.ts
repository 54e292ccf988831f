import type { VectorStore } from "@loci/core";
import { intercept } from "./intercept.ts";

const writes: readonly string[] = ["upsert", "delete", "drop"];

/** A store whose writes are over when the harness says that the backend has settled. */
export function settlingStore(store: VectorStore, settle: () => Promise<void>): VectorStore {
  return intercept(store, (name, _, call) => {
    if (!writes.includes(name)) return call();
    return (async () => {
      const answer = await call();
      await settle();
      return answer;
    })();
  });
}
