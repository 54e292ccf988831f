import type { Embedder, KeyProvider, LanguageModel, MemoryOptions, VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";

/**
 * Called before each call of something that is not Loci's own: a store, a model, a key provider. A function that it answers is called
 * before the answer is given.
 */
export type BeforeCall = (name: string) => unknown;

type Methods = readonly string[];
const ofStores: Methods = ["drop", "leftovers"];
const ofNamespaces: Methods = ["upsert", "search", "searchText", "get", "list", "delete", "count", "residue"];

/** The same object, each of whose named methods tells first that it is called. */
function told<T extends object>(part: T, prefix: string, methods: Methods, before: BeforeCall): T {
  const copy = { ...part } as Record<string, unknown>;
  for (const name of methods) {
    const method = (part as Record<string, unknown>)[name];
    if (typeof method !== "function") continue;
    copy[name] = async (...parameters: unknown[]) => {
      const after = await before(`${prefix}.${name}`);
      const answer: unknown = await Reflect.apply(method, part, parameters);
      if (typeof after === "function") await after();
      return answer;
    };
  }
  return copy as T;
}

/** The parts of a memory, each of whose calls is told before it begins. What waits in `before` obeys no signal. */
export function tellCalls<T extends Parts>(
  { store, embedder, languageModel, reranker, keys }: T,
  before: BeforeCall,
): T {
  const open: VectorStore["open"] = async (request) => {
    const after = await before("store.open");
    const namespace = await store.open(request);
    if (typeof after === "function") await after();
    const whole: Namespace = {
      manifest: namespace.manifest,
      upsert: (given) => namespace.upsert(given),
      search: (query) => namespace.search(query),
      ...(namespace.searchText
        ? { searchText: async (query) => (await namespace.searchText?.(query)) ?? [] }
        : {}),
      get: (query) => namespace.get(query),
      list: (query) => namespace.list(query),
      delete: (given) => namespace.delete(given),
      count: (query) => namespace.count(query),
      ...(namespace.residue ? { residue: async (given) => (await namespace.residue?.(given)) ?? [] } : {}),
    };
    return told(whole, "namespace", ofNamespaces, before);
  };
  return {
    store: { ...told(store, "store", ofStores, before), open },
    ...(embedder ? { embedder: told(embedder, "embedder", ["describe", "embed"], before) } : {}),
    ...(languageModel
      ? { languageModel: told(languageModel, "model", ["describe", "generate"], before) }
      : {}),
    ...(reranker ? { reranker: told(reranker, "reranker", ["rerank"], before) } : {}),
    ...(keys ? { keys: told(keys, "keys", ["create", "open", "destroy"], before) } : {}),
  } as T;
}

/** What an application gives a memory, and Loci calls. */
export interface Parts {
  readonly store: VectorStore;
  readonly embedder?: Embedder;
  readonly languageModel?: LanguageModel;
  readonly reranker?: NonNullable<MemoryOptions["reranker"]>;
  readonly keys?: KeyProvider;
}
