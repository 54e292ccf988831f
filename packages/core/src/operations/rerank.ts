import { InvalidRankingError } from "../errors/invalid-ranking-error.ts";
import { ModelError } from "../errors/model-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { withinTime } from "../models/within-time.ts";
import { toMemoryItem } from "../records/memory-item.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import type { Scored } from "./rank.ts";

/**
 * Lets the reranker, if any, reorder the best candidates. Where its server fails, they keep their order, and the answer says why: a
 * search that brings what it found is worth more than none.
 * @throws InvalidRankingError for a reranker that breaks its contract, which no later call mends
 */
export async function rerank(
  context: OperationContext,
  query: string,
  scored: readonly Scored[],
  asOf?: number,
): Promise<Reranked> {
  const { reranker, signal, steps } = context;
  if (!reranker || scored.length === 0) return { ranked: scored };
  const texts = scored.map(
    ({ candidate }) => toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, asOf).text,
  );
  const step = { kind: "rerank", part: reranker.id, method: "rerank", count: texts.length } as const;
  let ratings: unknown;
  try {
    ratings = await steps.run(step, () =>
      withinTime(reranker.id, signal.signal, (own) => reranker.rerank(query, texts, { signal: own })),
    );
  } catch (failure) {
    signal.signal?.throwIfAborted();
    if (!ModelError.isInstance(failure)) throw failure;
    return { ranked: scored, failure };
  }
  if (!Array.isArray(ratings) || ratings.length !== texts.length || !ratings.every(Number.isFinite)) {
    throw new InvalidRankingError(
      `Reranker "${reranker.id}" did not return one finite number for each of ${texts.length} texts.`,
      { reranker: reranker.id },
    );
  }
  for (const [index, { candidate }] of scored.entries()) candidate.rerank = Number(ratings[index]);
  return {
    ranked: [...scored].sort((a, b) => (b.candidate.rerank ?? 0) - (a.candidate.rerank ?? 0)),
  };
}

/** Candidates in their order, and why it is not the reranker's, where that failed. */
interface Reranked {
  readonly ranked: readonly Scored[];
  readonly failure?: ModelError;
}
