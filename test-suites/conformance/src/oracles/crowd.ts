import type { VectorRecord } from "@loci/core/store";

/**
 * Records that are nearer to a query than anything else and belong to somebody else: a search that takes the best
 * first and applies the scope to what is left has nothing left.
 */
export function crowdOf(
  size: number,
  member: (index: number) => VectorRecord,
): readonly (readonly VectorRecord[])[] {
  const batches: VectorRecord[][] = [];
  for (let from = 0; from < size; from += 200) {
    batches.push(Array.from({ length: Math.min(200, size - from) }, (_, index) => member(from + index)));
  }
  return batches;
}
