/** The store of a second process, for the test of it: in memory, with what tells of the process. */
import { inMemory, StoreError, type VectorStore } from "@loci/core";

export async function openStore(name: string): Promise<VectorStore> {
  if (name === "none")
    throw new StoreError("There is no such store.", { store: "test" }, { retryable: true });
  const store = inMemory();
  return {
    ...store,
    name: `${name} of process ${process.pid}`,
    drop: (request) => (name === "dies" ? process.exit(3) : store.drop(request)),
    leftovers: (request) =>
      new Promise((_, reject) => {
        request.signal?.addEventListener("abort", () => reject(new Error("aborted over there")));
      }),
  };
}
