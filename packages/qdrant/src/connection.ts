import { StoreError } from "@loci/core";
import type { QdrantClient } from "@qdrant/js-client-rest";
import { mapError } from "./map-error.ts";

type Api = ReturnType<QdrantClient["api"]>;

/**
 * Reaches Qdrant through the typed requests of its client: its methods take no signal, these do. A client of ours has no timeout of
 * its own, which would take the signal's place; one that the application brings may have, and then an abort rejects at once while
 * the request goes on.
 */
export class Connection {
  readonly #api: Api;
  readonly #timeout: number;

  constructor(client: QdrantClient, timeout: number) {
    this.#api = client.api();
    this.#timeout = timeout;
  }

  /** Runs one request about a namespace, and returns its result. */
  async call<T>(
    namespace: string,
    signal: AbortSignal | undefined,
    run: (api: Api, init: RequestInit) => Promise<{ readonly data: { readonly result?: T } }>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const late = AbortSignal.timeout(this.#timeout);
    const either = signal ? AbortSignal.any([signal, late]) : late;
    const aborted = new Promise<never>((_, reject) => {
      either.addEventListener("abort", () => reject(either.reason), { once: true });
    });
    try {
      const { data } = await Promise.race([run(this.#api, { signal: either }), aborted]);
      return data.result as T;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (late.aborted) {
        throw new StoreError(
          `Qdrant has not answered for ${this.#timeout} milliseconds.`,
          { store: "qdrant" },
          { cause: error, retryable: true },
        );
      }
      throw mapError(error, namespace);
    }
  }
}
