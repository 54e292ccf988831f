import { InvalidRankingError } from "../errors/invalid-ranking-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedSearchOptions } from "../input/search-options.ts";
import { withinTime } from "../models/within-time.ts";
import { toMemoryItem } from "../records/memory-item.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import type { Explanation, SearchResult } from "../records/search-result.ts";
import { validAt } from "../records/validity.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { documentTerms, queryTerms } from "../text/tokenize.ts";
import { type Arms, decrypt, rank, type Scored } from "./rank.ts";

/** Ranks the visible memories by relevance to the query. */
export async function search(
  context: OperationContext,
  query: string,
  options: ParsedSearchOptions,
): Promise<readonly SearchResult[]> {
  const limit = options.limit ?? 10;
  const now = Date.now();
  const { embedder, reranker } = context;
  const times = (factor: number) => Math.max(limit, Math.min(factor * limit, mostCandidates));
  const shown = reranker ? times(3) : limit;
  const arms: Arms = {
    scope: scopeFilter(context.scope.inner, options.levels),
    filter: validAt(now, options),
    limit,
    // Beside vectors deep enough that a candidate of one arm usually has a score in the other one too; else that the newest of equals
    // are found.
    depths: embedder ? [times(3), times(10)] : [times(3)],
    shown,
  };
  const terms = queryTerms(query);
  const [vector] = embedder ? await embedder.embed([query], { purpose: "query", ...context.signal }) : [];
  const { ranking, best, weight, scatter } = await rank(context, terms, vector, arms);
  const scored = ranking.filter(({ score }) => options.threshold === undefined || score >= options.threshold);
  const candidates = await decrypt(context, scored.slice(0, shown));
  const ranked = await rerank(context, query, candidates, options.asOf);
  return ranked.slice(0, limit).map(({ candidate, score }) => {
    const item = toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, options.asOf);
    if (!options.explain) return { ...item, score };
    const { similarity, keyword, rerank } = candidate;
    const own = new Set(documentTerms(item.text));
    const explanation: Explanation = {
      ...(similarity === undefined ? {} : { similarity }),
      ...(keyword === undefined ? {} : { keyword: { score: keyword, best, weight } }),
      ...(scatter === undefined ? {} : { scatter }),
      ...(rerank === undefined ? {} : { rerank }),
      matchedTerms: terms.filter((term) => own.has(term)),
    };
    return { ...item, score, explanation };
  });
}

/** The most candidates that either arm is asked for, unless more results are. */
const mostCandidates = 500;

/** Lets the reranker, if any, reorder the best candidates. */
async function rerank(
  context: OperationContext,
  query: string,
  scored: readonly Scored[],
  asOf?: number,
): Promise<readonly Scored[]> {
  const { reranker, signal, steps } = context;
  if (!reranker || scored.length === 0) return scored;
  const texts = scored.map(
    ({ candidate }) => toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, asOf).text,
  );
  const step = { kind: "rerank", part: reranker.id, method: "rerank", count: texts.length } as const;
  const ratings: unknown = await steps.run(step, () =>
    withinTime(reranker.id, signal.signal, (own) => reranker.rerank(query, texts, { signal: own })),
  );
  if (!Array.isArray(ratings) || ratings.length !== texts.length || !ratings.every(Number.isFinite)) {
    throw new InvalidRankingError(
      `Reranker "${reranker.id}" did not return one finite number for each of ${texts.length} texts.`,
      { reranker: reranker.id },
    );
  }
  for (const [index, { candidate }] of scored.entries()) candidate.rerank = Number(ratings[index]);
  return [...scored].sort((a, b) => (b.candidate.rerank ?? 0) - (a.candidate.rerank ?? 0));
}
