import { assertScopeFilter, type Manifest, type Namespace, type VectorStore } from "@loci/core/store";
import type { NamespaceFacts, StoreFacts } from "./wire.ts";

/** Makes a call in the other process, and ends it with its signal. */
export type RemoteCall = <T>(on: "store" | number, method: string, request: object) => Promise<T>;

/** A store that another process has, to be used as if it were here. */
export function remoteStore(
  { name, capabilities, leftovers }: StoreFacts,
  call: RemoteCall,
  close: () => Promise<void>,
): VectorStore {
  return {
    specVersion: 1,
    name,
    capabilities: capabilities as VectorStore["capabilities"],
    open: async (request) => remoteNamespace(await call<NamespaceFacts>("store", "open", request), call),
    drop: (request) => call("store", "drop", request),
    ...(leftovers ? { leftovers: (request) => call("store", "leftovers", request) } : {}),
    close,
  };
}

function remoteNamespace(
  { number, manifest, searchText, residue }: NamespaceFacts,
  call: RemoteCall,
): Namespace {
  /** A forged reach is refused here: it would be minted over there. */
  const ask = async <T>(method: string, request: { readonly scope: unknown }): Promise<T> => {
    assertScopeFilter(request.scope);
    return call(number, method, request);
  };
  return {
    manifest: manifest as Manifest,
    upsert: (request) => call(number, "upsert", request),
    search: (query) => ask("search", query),
    ...(searchText ? { searchText: (query) => ask("searchText", query) } : {}),
    get: (query) => ask("get", query),
    list: (query) => ask("list", query),
    delete: (request) => ask("delete", request),
    count: (query) => ask("count", query),
    ...(residue ? { residue: (request) => call(number, "residue", request) } : {}),
  };
}
