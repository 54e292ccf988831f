import type { CosineScatter } from "../store/manifest.ts";
import type { MemoryItem } from "./memory-item.ts";

/**
 * A memory that was found.
 * @example
 * ```ts
 * const results: readonly SearchResult[] = await alice.search("Where does she live?");
 * for (const { text, score } of results) console.log(score.toFixed(2), text);
 * ```
 */
export interface SearchResult extends MemoryItem {
  /**
   * Higher is better. With an embedder, the cosine plus a part for keywords, at most four times the deviation of the embedder's
   * cosines, such as 0.4; without one, the keyword score divided by the query's best, and 0 for a memory that shares no word with
   * the query. What was said in a time that the query names gets a quarter of the keywords' weight more.
   */
  readonly score: number;
  /** With `explain: true`. */
  readonly explanation?: Explanation;
}

/** How a result's score was calculated. */
export interface Explanation {
  /** The cosine of query and memory, with an embedder. */
  readonly similarity?: number;
  /** The keyword score, the best keyword score of this query, and the weight of their quotient. */
  readonly keyword?: { readonly score: number; readonly best: number; readonly weight: number };
  /**
   * How the embedder's cosines scatter over unrelated texts. The weight of keywords is four times its deviation, taken for 0.01 at
   * least and 0.15 at most. Absent without an embedder, and while it could not be measured: the weight is 0.4 then.
   */
  readonly scatter?: CosineScatter;
  /** The reranker's score, which then decides the order. */
  readonly rerank?: number;
  /** Why the reranker did not score it, where its server failed: the order is then that without a reranker. */
  readonly rerankFailure?: string;
  /** The time that was read in the query, its words there, and what it adds to this score. The last moment is not in it. */
  readonly time?: {
    readonly words: string;
    readonly after: Date;
    readonly before: Date;
    readonly bonus: number;
  };
  /** The query's terms in the memory's own text, reduced to their stems. */
  readonly matchedTerms: readonly string[];
}
