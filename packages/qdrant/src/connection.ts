import { answerWithin } from "@loci/core/store";
import type { QdrantClient } from "@qdrant/js-client-rest";

type Api = ReturnType<QdrantClient["api"]>;

/** Makes one request, and returns its result. */
export type Request<Result = unknown> = <T extends Result>(
  signal: AbortSignal,
  send: (api: Api, init: RequestInit) => Promise<{ readonly data: { readonly result?: T } }>,
) => Promise<T>;

/** What was answered with success, and not by Qdrant: the page of a proxy that asks for a login. */
export class StrangeAnswerError extends Error {}

/** Each of Qdrant's answers has a result. The client takes any text for one. */
function isAnswer(data: unknown): boolean {
  return typeof data === "object" && data !== null && "result" in data && "status" in data;
}

/**
 * Reaches Qdrant through the typed requests of its client: its methods take no signal, these do. A client of ours has no timeout of
 * its own, which would take the signal's place; one that the application brings may have, and then an abort rejects at once while
 * the request goes on.
 */
export function connect(client: QdrantClient, timeout: number): Request {
  const api = client.api();
  return async <T>(signal: AbortSignal, send: Parameters<Request>[1]) => {
    const { data } = await answerWithin(timeout, signal, (own) => send(api, { signal: own }));
    if (!isAnswer(data)) throw new StrangeAnswerError();
    return data.result as T;
  };
}
