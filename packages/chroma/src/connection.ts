import { answerWithin, type NamespaceKey } from "@loci/core/store";
import { AdminClient, ChromaClient, type ChromaClientArgs } from "chromadb";

/** Calls Chroma with clients that are bound to the database of a namespace. */
export type Call = <T>(
  namespace: NamespaceKey,
  signal: AbortSignal,
  task: (client: ChromaClient, admin: AdminClient) => Promise<T>,
) => Promise<T>;

/** Where Chroma is. */
export type Address = Required<Pick<ChromaClientArgs, "host" | "port" | "ssl" | "headers" | "tenant">>;

/**
 * Reaches Chroma. Its client takes no signal for a call, only for all of its calls. So each call gets a client of its own, which
 * is no more than a list of settings: `fetch` keeps the connections, for all of them.
 * @param timeout how long a call may take, in milliseconds
 */
export function connect(address: Address, timeout: number): Call {
  return (database, signal, task) =>
    answerWithin(timeout, signal, (own) => {
      const fetchOptions = { signal: own };
      const client = new ChromaClient({ ...address, database, fetchOptions });
      return task(client, new AdminClient({ ...address, fetchOptions }));
    });
}
