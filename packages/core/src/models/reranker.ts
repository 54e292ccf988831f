/**
 * Scores how well texts answer a query, more precisely than vectors and keywords can.
 * @example
 * ```ts
 * const byLength: Reranker = {
 *   specVersion: 1,
 *   id: "shortest-first",
 *   rerank: async (_query, texts) => texts.map((text) => 1 / text.length),
 * };
 * ```
 */
export interface Reranker {
  readonly specVersion: 1;
  readonly id: string;
  /**
   * Returns one finite number for each text, in order; higher is better. Must reject when `signal` aborts. Where it rejects because
   * its server fails, or takes five minutes, the search is answered in its own order: `explain: true` says why, and an audit event
   * counts it. An answer of another form fails the search.
   */
  rerank(
    query: string,
    texts: readonly string[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly number[]>;
}
