import { answerWithin } from "@loci/core/store";
import type { QdrantClient } from "@qdrant/js-client-rest";

type Api = ReturnType<QdrantClient["api"]>;

/** Makes one request, and returns its result. */
export type Request = <T>(
  signal: AbortSignal,
  send: (api: Api, init: RequestInit) => Promise<{ readonly data: { readonly result?: T } }>,
) => Promise<T>;

/**
 * Reaches Qdrant through the typed requests of its client: its methods take no signal, these do. A client of ours has no timeout of
 * its own, which would take the signal's place; one that the application brings may have, and then an abort rejects at once while
 * the request goes on.
 */
export function connect(client: QdrantClient, timeout: number): Request {
  const api = client.api();
  return async <T>(signal: AbortSignal, send: Parameters<Request>[1]) => {
    const { data } = await answerWithin(timeout, signal, (own) => send(api, { signal: own }));
    return data.result as T;
  };
}
