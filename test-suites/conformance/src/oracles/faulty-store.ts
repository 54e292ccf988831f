import { StoreError, type VectorStore } from "@loci/core";
import type { Namespace, VectorRecord } from "@loci/core/store";

/** What can happen to a call on its way to a backend and back. */
export type Fault = "none" | "delay" | "refuse" | "lose-the-answer" | "repeat" | "stop-half-way";

/**
 * A store behind a bad line. `refuse` fails before anything is sent, `lose-the-answer` after it took effect,
 * `repeat` delivers it twice, `stop-half-way` writes half of a batch, `delay` lets others overtake. Only calls that
 * can be repeated are.
 */
export function faultyStore(store: VectorStore, next: (operation: string) => Fault): VectorStore {
  const through = async <T>(
    operation: string,
    send: () => Promise<T>,
    half?: () => Promise<unknown>,
  ): Promise<T> => {
    const fault = next(operation);
    if (fault === "delay") await new Promise((resolve) => setTimeout(resolve, 1));
    if (fault === "refuse") throw broken(store, operation, "refused");
    if (fault === "stop-half-way" && half) {
      await half();
      throw broken(store, operation, "stopped half-way");
    }
    if (fault === "repeat" && operation === "upsert") await send();
    if (fault !== "lose-the-answer") return send();
    // Whatever the answer was, an error included, the caller never gets it.
    await send().catch(() => undefined);
    throw broken(store, operation, "lost on its way back");
  };
  return {
    ...boundStore(store),
    drop: (request) => through("drop", () => store.drop(request)),
    open: (request) => through("open", async () => behindTheLine(await store.open(request), through)),
  };
}

export type Line = <T>(
  operation: string,
  send: () => Promise<T>,
  half?: () => Promise<unknown>,
) => Promise<T>;

/** A namespace whose calls all go through one function. */
export function behindTheLine(namespace: Namespace, through: Line): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: ({ records, ...rest }) => {
      const half = records.slice(0, Math.floor(records.length / 2)) as VectorRecord[];
      return through(
        "upsert",
        () => namespace.upsert({ records, ...rest }),
        () => namespace.upsert({ records: half, ...rest }),
      );
    },
    search: (query) => through("search", () => namespace.search(query)),
    ...(searchText
      ? { searchText: (query) => through("searchText", () => searchText.call(namespace, query)) }
      : {}),
    get: (query) => through("get", () => namespace.get(query)),
    list: (query) => through("list", () => namespace.list(query)),
    delete: (request) => through("delete", () => namespace.delete(request)),
    count: (query) => through("count", () => namespace.count(query)),
  };
}

/** Final: what passes is asked again, and the fault would hide. */
function broken(store: VectorStore, operation: string, how: string): StoreError {
  return new StoreError(`The call of ${operation} was ${how}.`, { store: store.name });
}

/** The same store with its methods bound, to be spread into another one. */
export function boundStore(store: VectorStore): VectorStore {
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: (request) => store.open(request),
    drop: (request) => store.drop(request),
    close: () => store.close(),
  };
}
