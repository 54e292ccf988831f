import { answerWithin } from "@loci/core/store";

/** The longest that the server may take for an answer, in milliseconds. */
const longest = 10_000;

/** That the server has refused a request. */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Where the server is, and how it is asked. */
export interface ServerOptions {
  readonly url: string;
  /** Sends the requests. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * YOURS: makes one request, with your backend's client. Repeats nothing: core does.
 * @throws ServerError for every answer that is no success
 */
export async function ask<T>(
  { url, fetch = globalThis.fetch }: ServerOptions,
  signal: AbortSignal,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  return answerWithin(longest, signal, async (own) => {
    const response = await fetch(new URL(path, url), {
      method,
      signal: own,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ServerError(response.status, text);
    return JSON.parse(text) as T;
  });
}
