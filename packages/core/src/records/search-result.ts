import type { MemoryItem } from "./memory-item.ts";

/** How a result's score came about. */
export interface Explanation {
  /** The cosine of the query and the memory, with an embedder. */
  readonly similarity?: number;
  /** The keyword score, the best keyword score of this query, and how much their quotient counts. */
  readonly keyword?: { readonly score: number; readonly best: number; readonly weight: number };
  /** What the reranker gave it, where there is one: results are in this order. */
  readonly rerank?: number;
  /** The query's terms in the memory's own text, reduced to their stems. */
  readonly matchedTerms: readonly string[];
}
/** A memory that was found. */
export interface SearchResult extends MemoryItem {
  /**
   * Higher is better. With an embedder, the cosine plus up to 0.4 for keywords; without one, the keyword
   * score divided by the query's best, and 0 for a memory that shares no word with the query.
   */
  readonly score: number;
  /** With `explain: true`. */
  readonly explanation?: Explanation;
}
