import { LociError } from "../errors/loci-error.ts";
import { PartialWriteError } from "../errors/partial-write-error.ts";
import type { NamespaceKey } from "./namespace-key.ts";
import { recordBatches } from "./record-batches.ts";
import type { NamespaceDriver, StoreDriver, WriteOutcome } from "./store-driver.ts";
import { errorOf, failureOf } from "./store-failure.ts";
import type { RecordContent, VectorRecord } from "./vector-store.ts";

/**
 * Writes records in batches that the backend takes, one after the other, and ends with the first that fails. What is too large for
 * the backend in spite of the limits is written in halves.
 * @returns the conflicts
 * @throws PartialWriteError where some were stored; the backend's own failure where none was
 */
export async function writeRecords<P>(
  { key, driver, namespace, signal }: WriteTarget<P>,
  records: readonly VectorRecord[],
  leading = 0,
): Promise<readonly VectorRecord[]> {
  const stored: VectorRecord[] = [];
  const conflicts: VectorRecord[] = [];
  let cause: unknown;
  const write = async (batch: readonly VectorRecord[]): Promise<boolean> => {
    signal.throwIfAborted();
    let outcomes: readonly WriteOutcome[];
    try {
      outcomes = await namespace.write({ records: batch, leading, signal });
    } catch (error) {
      if (batch.length > 1 && failureOf(driver, error, key)?.kind === "too-large") {
        const half = Math.ceil(batch.length / 2);
        return (await write(batch.slice(0, half))) && (await write(batch.slice(half)));
      }
      outcomes = batch.map(() => ({ error }));
    }
    stored.push(...batch.filter((_, index) => outcomes[index] === undefined));
    conflicts.push(...batch.filter((_, index) => outcomes[index] === "conflict"));
    const failed = outcomes.find((outcome) => typeof outcome === "object");
    if (failed) cause = errorOf(driver, failed.error, key);
    return !failed;
  };
  const batches = leading > 0 ? [distinct(records)] : recordBatches(distinct(records), driver.limits);
  for (const batch of batches) if (!(await write(batch))) break;
  if (cause === undefined) return conflicts;
  if (stored.length === 0 || signal.aborted) throw cause;
  const kept = new Set(stored.map(identityOf));
  const [done, failed] = [true, false].map((wanted) =>
    records.filter((record) => kept.has(identityOf(record)) === wanted).map(({ id }) => id),
  ) as [string[], string[]];
  throw new PartialWriteError(
    `${done.length} of ${records.length} memories were stored before the store failed; the rest was not. Repeat the call: what is stored is not stored twice.`,
    { stored: done, failed },
    { cause, retryable: LociError.isInstance(cause) && cause.retryable },
  );
}

/** Where records are written. */
export interface WriteTarget<P> {
  readonly key: NamespaceKey;
  readonly driver: StoreDriver<P>;
  readonly namespace: NamespaceDriver<P>;
  readonly signal: AbortSignal;
}

/** Of several that are one record, the last counts, in the place of the first. */
function distinct(records: readonly VectorRecord[]): readonly VectorRecord[] {
  return [...new Map(records.map((record) => [identityOf(record), record])).values()];
}

/** Two users' records may have one id: a record is what its id and its placement say together. */
export function identityOf({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">): string {
  return JSON.stringify([id, scopeKey.user, scopeKey.agent, scopeKey.run]);
}
