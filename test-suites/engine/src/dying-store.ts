import type { VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";

/** The stores as a process sees them that dies at its so-many-th call: before it is made, or when it has taken effect. */
export function dyingAt(
  last: number,
  when: "before" | "after",
): { mortal: (store: VectorStore) => VectorStore; calls: () => number } {
  let calls = 0;
  const step = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > last || (calls === last && when === "before")) throw new Error("killed");
    const result = await call();
    if (calls >= last) throw new Error("killed");
    return result;
  };
  const mortalNamespace = (namespace: Namespace): Namespace => ({
    manifest: namespace.manifest,
    upsert: (request) => step(() => namespace.upsert(request)),
    search: (query) => step(() => namespace.search(query)),
    ...(namespace.searchText
      ? { searchText: (query) => step(async () => (await namespace.searchText?.(query)) ?? []) }
      : {}),
    get: (request) => step(() => namespace.get(request)),
    list: (query) => step(() => namespace.list(query)),
    delete: (request) => step(() => namespace.delete(request)),
    count: (request) => step(() => namespace.count(request)),
  });
  return {
    calls: () => calls,
    mortal: (store) => ({
      specVersion: 1,
      name: store.name,
      capabilities: store.capabilities,
      open: (request) => step(async () => mortalNamespace(await store.open(request))),
      drop: (request) => step(() => store.drop(request)),
      ...(store.leftovers
        ? { leftovers: (request) => step(async () => (await store.leftovers?.(request)) ?? []) }
        : {}),
      close: () => store.close(),
    }),
  };
}
