import type { VectorStore } from "@loci/core";
import type { Namespace, NamespaceKey } from "@loci/core/store";
import type { AnswerOf, Call, Mistake, Operation, RequestOf, WrongCalls } from "./mistake.ts";

/** A store that makes a mistake, and is as right as the given one otherwise. */
export function mistakenStore(
  store: VectorStore,
  { calls = {}, open, drop }: Mistake,
  isSecond = false,
): VectorStore {
  const process: Process = { memory: new Map(), opens: new Map(), running: 0, isSecond };
  const right = { store, process: process.memory };
  const mistaken: VectorStore = {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    async open(request) {
      const namespace = await (open ? open(request, right) : store.open(request));
      process.opens.set(request.key, (process.opens.get(request.key) ?? 0) + 1);
      return mistakenNamespace(namespace, request.key, calls, process);
    },
    drop: (request) => (drop ? drop(request, right) : store.drop(request)),
    close: () => store.close(),
  };
  const leftovers = store.leftovers?.bind(store);
  return leftovers ? Object.assign(mistaken, { leftovers }) : mistaken;
}

/** What one process knows of itself. */
interface Process {
  readonly memory: Map<string, unknown>;
  readonly opens: Map<NamespaceKey, number>;
  running: number;
  readonly isSecond: boolean;
}

function mistakenNamespace(
  namespace: Namespace,
  key: NamespaceKey,
  wrong: WrongCalls,
  process: Process,
): Namespace {
  const handle = new Map<string, unknown>();
  const opens = process.opens.get(key) ?? 0;
  let calls = 0;
  const { searchText, residue } = namespace;
  const rightCalls = {
    ...methodsOf(namespace),
    ...(searchText ? { searchText: searchText.bind(namespace) } : {}),
  };
  /** One operation, by way of the mistake where it has one. */
  const through = <O extends Operation>(operation: O) => {
    const right = rightCalls[operation] as (request: RequestOf<O>) => Promise<AnswerOf<O>>;
    const mistake = wrong[operation] as ((call: Call<O>) => Promise<AnswerOf<O>>) | undefined;
    return async (request: RequestOf<O>): Promise<AnswerOf<O>> => {
      calls += 1;
      process.running += 1;
      try {
        if (!mistake) return await right(request);
        const { running, isSecond, memory } = process;
        const given = { operation, request, key, namespace, opens, running, calls, isSecond, handle };
        return await mistake({ ...given, process: memory, answer: (other = request) => right(other) });
      } finally {
        process.running -= 1;
      }
    };
  };
  return {
    manifest: namespace.manifest,
    upsert: through("upsert"),
    search: through("search"),
    ...(searchText ? { searchText: through("searchText") } : {}),
    get: through("get"),
    list: through("list"),
    delete: through("delete"),
    count: through("count"),
    ...(residue ? { residue: residue.bind(namespace) } : {}),
  };
}

function methodsOf(namespace: Namespace) {
  return {
    upsert: namespace.upsert.bind(namespace),
    search: namespace.search.bind(namespace),
    get: namespace.get.bind(namespace),
    list: namespace.list.bind(namespace),
    delete: namespace.delete.bind(namespace),
    count: namespace.count.bind(namespace),
  };
}
