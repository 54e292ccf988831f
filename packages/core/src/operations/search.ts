import type { ModelError } from "../errors/model-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedSearchOptions } from "../input/search-options.ts";
import { toMemoryItem } from "../records/memory-item.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import type { Explanation, SearchResult } from "../records/search-result.ts";
import { saidIn, validAt } from "../records/validity.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { readTime } from "../text/question-time.ts";
import { documentTerms, queryTerms } from "../text/tokenize.ts";
import { type Arms, decrypt, rank } from "./rank.ts";
import { rankInTime, timeBonus } from "./rank-in-time.ts";
import { rerank } from "./rerank.ts";

/** Ranks the visible memories by relevance to the query. */
export async function search(
  context: OperationContext,
  query: string,
  options: ParsedSearchOptions,
): Promise<Found> {
  const limit = options.limit ?? 10;
  const now = Date.now();
  const valid = validAt(now, options);
  const time = options.time === "ignore" ? undefined : readTime(query, options.asOf ?? now, context.timeZone);
  const isStrict = options.time === "strict";
  const { embedder, reranker } = context;
  // What the keywords find gets its cosine, however far down it is in the other arm, while what the vectors find has no keyword score unless the
  // keywords have found it too. So theirs is the arm whose depth decides. Without vectors, three times finds the newest of equals.
  const times = (factor: number, most = mostCandidates) => Math.max(limit, Math.min(factor * limit, most));
  const shown = reranker ? times(3, mostReranked) : limit;
  const arms: Arms = {
    scope: scopeFilter(context.scope.inner, options.levels),
    filter: time && isStrict ? { type: "and", filters: [valid, ...saidIn(time)] } : valid,
    limit,
    depth: { vectors: times(3), keywords: times(embedder ? 10 : 3) },
    shown,
  };
  const terms = queryTerms(query);
  const [vector] = embedder ? await embedder.embed([query], { purpose: "query", ...context.signal }) : [];
  const { ranking, best, weight, scatter } = await (time && !isStrict
    ? rankInTime(context, terms, vector, arms, time)
    : rank(context, terms, vector, arms));
  const scored = ranking.filter(({ score }) => options.threshold === undefined || score >= options.threshold);
  const candidates = await decrypt(context, scored.slice(0, shown));
  const { ranked, failure } = await rerank(context, query, candidates, options.asOf);
  const results = ranked.slice(0, limit).map(({ candidate, score }): SearchResult => {
    const item = toMemoryItem(toMemoryRecord(candidate.record), context.scope.tenant, options.asOf);
    if (!options.explain) return { ...item, score };
    const { similarity, keyword, rerank } = candidate;
    const own = new Set(documentTerms(item.text));
    const explanation: Explanation = {
      ...(similarity === undefined ? {} : { similarity }),
      ...(keyword === undefined ? {} : { keyword: { score: keyword, best, weight } }),
      ...(scatter === undefined ? {} : { scatter }),
      ...(rerank === undefined ? {} : { rerank }),
      ...(failure === undefined ? {} : { rerankFailure: failure.message }),
      ...(time && {
        time: {
          words: time.words,
          after: new Date(time.after),
          before: new Date(time.before),
          bonus: isStrict ? 0 : timeBonus(candidate.record, time, weight),
        },
      }),
      matchedTerms: terms.filter((term) => own.has(term)),
    };
    return { ...item, score, explanation };
  });
  return { results, ...(failure ? { failure } : {}) };
}

/** What a search found. */
export interface Found {
  readonly results: readonly SearchResult[];
  /** Why the reranker has not ordered them, where it should have. */
  readonly failure?: ModelError;
}

/** The answer where nothing was ever stored. */
export const nothingFound: Found = Object.freeze({ results: [] });

/** The most candidates that either arm is asked for, unless more results are. */
const mostCandidates = 500;
/** The most that a reranker is given, unless more results are. It looks at each for some milliseconds, a language model for longer. */
const mostReranked = 60;
