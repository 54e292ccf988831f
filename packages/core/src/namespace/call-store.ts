import { LociError } from "../errors/loci-error.ts";
import { StoreError } from "../errors/store-error.ts";

/** Makes a call of a store, whose failures become typed errors, whatever it throws. */
export async function callStore<T>(
  store: { readonly name: string },
  operation: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await run();
  } catch (error) {
    if (LociError.isInstance(error) || signal?.aborted) throw error;
    throw new StoreError(
      `The ${store.name} store failed in ${operation}: ${error instanceof Error ? error.message : String(error)}`,
      { store: store.name },
      { cause: error },
    );
  }
}
