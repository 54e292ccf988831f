import type { Counts } from "../guard/audit.ts";
import type { AddResult } from "./add-result.ts";
import type { WriteResult } from "./write-result.ts";

/** How many were written, for an audit event: by what became of them, and with inference what that took. */
export function countAdded({ results, extraction }: AddResult): Counts {
  if (!extraction) return countWritten(results);
  const { calls, inputTokens, outputTokens, rejected } = extraction;
  return { ...countWritten(results), calls, inputTokens, outputTokens, rejected: rejected.length };
}

/** How many were written, by what became of them. */
export function countWritten(results: readonly WriteResult[]): Counts {
  const counts: Record<string, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** How many were found, and that a reranker failed to order them. */
export function countFound(items: readonly unknown[], failure?: unknown): Counts {
  return {
    found: items.filter((item) => item !== null).length,
    ...(failure === undefined ? {} : { rerankFailed: 1 }),
  };
}
