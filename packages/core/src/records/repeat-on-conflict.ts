import { StoreError } from "../errors/store-error.ts";
import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { sleep } from "../util/sleep.ts";

/** What an attempt answers when something that it had read was changed before it was written. */
export const conflict: unique symbol = Symbol("conflict");

/** How often a step is tried, and the milliseconds before the second time; each time they grow by half, up to the longest. */
const maxAttempts = 40;
const firstDelay = 2;
const longestDelay = 250;

/**
 * The one way to change what is stored: reads it, plans on what was read, and writes on the condition that it is still so. Where
 * another writer was faster, all of that is done again on what is there now. So no change is lost, and nothing that was deleted
 * comes back.
 * @param attempt gets the operation where its tenant is now; it reads before it writes, and answers `conflict` to be repeated
 * @throws StoreError when others are faster again and again
 */
export async function repeatOnConflict<T>(
  context: OperationContext,
  attempt: (current: OperationContext, number: number) => Promise<T | typeof conflict>,
): Promise<T> {
  const { signal } = context.signal;
  let delay = firstDelay;
  const vectors = new Map<string, Float32Array>();
  let embedder = context.embedder;
  for (let number = 1; number <= maxAttempts; number++) {
    const result = await inNamespace(context, (current) => {
      // Vectors of another embedder are no use.
      if (current.embedder !== embedder) vectors.clear();
      embedder = current.embedder;
      return attempt({ ...current, vectors }, number);
    });
    if (result !== conflict) return result;
    await sleep(delay * (0.5 + Math.random()), signal);
    delay = Math.min(delay * 1.5, longestDelay);
  }
  throw new StoreError(
    `Other writers changed the same memories ${maxAttempts} times before this call could. Nothing that was acknowledged is lost; call again.`,
    { store: context.namespace.store },
    { retryable: true },
  );
}
