/** Judges how well texts answer a query, more closely than vectors and keywords can. */
export interface Reranker {
  readonly specVersion: 1;
  readonly id: string;
  /**
   * One finite number for each text, in the order of the texts; higher is better. Must reject when `signal` aborts.
   */
  rerank(
    query: string,
    texts: readonly string[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly number[]>;
}
