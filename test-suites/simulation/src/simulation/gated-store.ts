import type { VectorStore } from "@loci/core";
import type { Namespace } from "@loci/core/store";
import type { Gate } from "../story/canary.ts";

/**
 * A store whose calls all go through one gate. Closing does nothing: others use the same store.
 * @param ordersWrites whether it says so of its namespaces, where they order writes
 */
export function gatedStore(
  store: VectorStore,
  name: string,
  ordersWrites: boolean,
  gate: Gate,
  noteKey: (key: string) => void,
): VectorStore {
  const { leftovers } = store;
  return {
    specVersion: 1,
    name: store.name,
    capabilities: store.capabilities,
    open: ({ signal, ...request }) => {
      if (request.create) noteKey(request.key);
      const owner = request.create ? ` for ${request.create.kind} ${request.create.orgId}` : "";
      return gate(
        () => `${request.create ? "create" : "open"} ${name} ${shortKey(request.key)}${owner}`,
        async () => {
          const namespace = await store.open(request);
          return {
            ...gatedNamespace(namespace, `${name} ${shortKey(request.key)}`, gate),
            ...(ordersWrites && namespace.ordersWrites ? { ordersWrites } : {}),
          };
        },
        signal,
      );
    },
    drop: ({ signal, ...request }) =>
      gate(
        () => `drop ${name} ${shortKey(request.key)}`,
        () => store.drop(request),
        signal,
      ),
    ...(leftovers
      ? {
          leftovers: ({ signal, ...request }) =>
            gate(
              () => `leftovers ${name} ${shortKey(request.key)}`,
              () => leftovers.call(store, request),
              signal,
            ),
        }
      : {}),
    close: async () => {},
  };
}

function gatedNamespace(namespace: Namespace, name: string, gate: Gate): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: ({ signal, ...request }) =>
      gate(
        () =>
          `upsert ${name} ${request.records.map(({ id, expected }) => `${id.slice(0, 6)}${expected ? (expected === "absent" ? " if absent" : ` if ${expected.version}`) : ""}`).join(", ")}`,
        () => namespace.upsert(request),
        signal,
      ),
    search: ({ signal, ...query }) =>
      gate(
        () => `search ${name}`,
        () => namespace.search(query),
        signal,
      ),
    ...(searchText
      ? {
          searchText: ({ signal, ...query }) =>
            gate(
              () => `searchText ${name}`,
              () => searchText.call(namespace, query),
              signal,
            ),
        }
      : {}),
    get: ({ signal, ...query }) =>
      gate(
        () => `get ${name} ${query.ids.map((id) => id.slice(0, 6)).join(", ")}`,
        () => namespace.get(query),
        signal,
      ),
    list: ({ signal, ...query }) =>
      gate(
        () => `list ${name}`,
        () => namespace.list(query),
        signal,
      ),
    delete: ({ signal, ...request }) =>
      gate(
        () =>
          `delete ${name} ${request.ids?.map((id) => id.slice(0, 6)).join(", ") ?? request.versions?.map(({ id, version }) => `${id.slice(0, 6)} if ${version}`).join(", ") ?? "all in a scope"}`,
        () => namespace.delete(request),
        signal,
      ),
    count: ({ signal, ...query }) =>
      gate(
        () => `count ${name}`,
        () => namespace.count(query),
        signal,
      ),
  };
}

function shortKey(key: string): string {
  return key.slice(3, 8);
}
