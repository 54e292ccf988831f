import type { Namespace, VectorRecord } from "@loci/core/store";
import { rewritten } from "./population.ts";

/** How many records a write has: few, more than some limit, and many. */
const batchSizes = [1, 9, 51, 301, 1001];

/**
 * Writes records, every fifth of them over another one of its id, in lists of every length: what comes back must have nothing of what was
 * there before.
 */
export async function writePopulation(
  namespace: Namespace,
  records: readonly VectorRecord[],
  random: () => number,
): Promise<void> {
  const before = records.flatMap((record, index) =>
    index % 5 === 0 ? [rewritten(record, index + 1, random)] : [],
  );
  await namespace.upsert({ records: before });
  for (let from = 0, turn = 0; from < records.length; turn++) {
    const size = batchSizes[turn % batchSizes.length] as number;
    await namespace.upsert({ records: records.slice(from, from + size) });
    from += size;
  }
}
