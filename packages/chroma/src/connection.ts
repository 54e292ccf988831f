import { StoreError } from "@loci/core";
import { AdminClient, ChromaClient, type ChromaClientArgs, type Collection } from "chromadb";
import { mapError } from "./map-error.ts";

/** How Chroma is reached. */
export interface ConnectionOptions
  extends Required<Pick<ChromaClientArgs, "host" | "port" | "ssl" | "headers" | "tenant">> {
  readonly timeout: number;
}

/**
 * Reaches Chroma. Its client takes no signal for a call, only for all of its calls: so each call gets a client of its own, which
 * is no more than a list of settings. Connections are kept by `fetch`, for all of them.
 */
export class Connection {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Calls what a namespace has: its database, or the collection in it. */
  async call<T>(
    namespace: string,
    signal: AbortSignal | undefined,
    run: (clients: {
      readonly admin: AdminClient;
      readonly client: ChromaClient;
      collection(id: string): Collection;
    }) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const { timeout, ...address } = this.#options;
    const late = AbortSignal.timeout(timeout);
    const fetchOptions = { signal: signal ? AbortSignal.any([signal, late]) : late };
    const client = new ChromaClient({ ...address, database: namespace, fetchOptions });
    const admin = new AdminClient({ ...address, fetchOptions });
    try {
      return await run({ admin, client, collection: (id) => client.collection(id) });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (late.aborted) {
        throw new StoreError(
          `Chroma has not answered for ${timeout} milliseconds.`,
          { store: "chroma" },
          { cause: error, retryable: true },
        );
      }
      throw mapError(error, namespace);
    }
  }
}
