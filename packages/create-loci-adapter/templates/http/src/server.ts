import { answerWithin } from "@loci/core/store";

/** That the server has refused a request, or that something else has answered in its place. */
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
  /** The longest that the server may take for an answer, in milliseconds. Default: 10,000. */
  readonly timeout?: number;
  /** Sends the requests. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * YOURS: makes one request, with your backend's client. Repeats nothing: core does.
 * @throws ServerError for every answer that is no success of the server's
 * @throws SyntaxError where an answer ends too early
 */
export async function ask<T>(
  { url, timeout = 10_000, fetch = globalThis.fetch }: ServerOptions,
  signal: AbortSignal,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  return answerWithin(timeout, signal, async (own) => {
    const response = await fetch(new URL(path, url), {
      method,
      signal: own,
      // Another address is not the server's.
      redirect: "manual",
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // A proxy answers with a page, or with JSON of its own, and with any status. What ends too early is no JSON.
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const said: Partial<Said<T>> = (isJson && JSON.parse(text)) || {};
    if (response.ok && said.answer !== undefined) return said.answer;
    throw new ServerError(response.status, said.error ?? "Something else than the server has answered.");
  });
}

/** YOURS: what tells the server's answers from those of a proxy: each has one of two keys. */
interface Said<T> {
  readonly answer: T;
  readonly error: string;
}
