import { answerWithin, type NamespaceKey } from "@loci/core/store";
import { AdminClient, ChromaClient, type ChromaClientArgs } from "chromadb";
import { checkAnswer } from "./check-answer.ts";

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
      const client = checked(new ChromaClient({ ...address, database, fetchOptions }));
      return task(client, checked(new AdminClient({ ...address, fetchOptions })));
    });
}

/** Has each answer looked at before the client reads it. The client has the means, and keeps them to itself. */
function checked<C extends ChromaClient | AdminClient>(client: C): C {
  const { apiClient } = client as unknown as {
    apiClient?: { interceptors?: { response: { use(check: typeof checkAnswer): void } } };
  };
  apiClient?.interceptors?.response.use(checkAnswer);
  return client;
}
