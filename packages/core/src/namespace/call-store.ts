import { LociError } from "../errors/loci-error.ts";
import { PartialWriteError } from "../errors/partial-write-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { endWithSignal } from "../util/end-with-signal.ts";
import { type RetryPolicy, retry } from "../util/retry.ts";
import type { Steps } from "../util/steps.ts";
import { messageOf } from "../util/thrown.ts";

const retryPolicy: RetryPolicy = {
  delays: [50, 200, 600],
  // A longer attempt has waited enough: a server that hangs is not asked again.
  maxAttemptMs: 1000,
  isTransient: (error) =>
    (StoreError.isInstance(error) || PartialWriteError.isInstance(error)) && error.retryable,
};

/** How long a store has to end a call whose signal was aborted, in milliseconds: so it is known what became of most writes. */
const grace = 200;

/**
 * Calls a store: the one place where its calls end with their signal, are repeated after a transient failure, and fail
 * with typed errors.
 * @param call `repeats: false` for a deletion: a second one would not count what the first deleted
 */
export async function callStore<T>(
  store: { readonly name: string; readonly steps: Steps },
  operation: string,
  call: { readonly signal?: AbortSignal | undefined; readonly repeats?: boolean },
  run: () => Promise<T>,
): Promise<T> {
  const { signal, repeats = true } = call;
  signal?.throwIfAborted();
  const task = () => endWithSignal(signal, repeats ? retry(retryPolicy, signal, run) : run(), grace);
  try {
    const step = { kind: "store", part: store.name, method: operation } as const;
    return await store.steps.run(step, task);
  } catch (error) {
    if (LociError.isInstance(error) || signal?.aborted) throw error;
    throw new StoreError(
      `The ${store.name} store failed in ${operation}: ${messageOf(error)}`,
      { store: store.name },
      { cause: error },
    );
  }
}
