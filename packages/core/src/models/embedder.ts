/** Options of one embedding call. */
export interface EmbedOptions {
  /** Whether the texts are to be found, or to find with: some models want a prefix for each. */
  readonly purpose: "document" | "query";
  readonly signal?: AbortSignal;
}

/** Turns texts into vectors. Adapters for model servers implement it. */
export interface Embedder {
  readonly specVersion: 1;
  /** Names the model and everything that changes its vectors; stored with them, and compared at every start. */
  readonly id: string;
  /** Width of every vector. */
  readonly dimensions: number;
  /** The most texts in one call; core splits longer lists. */
  readonly maxBatch: number;
  /**
   * One L2-normalized vector of `dimensions` finite numbers for each text, in the order of the texts.
   * Must reject when `signal` aborts, and must never cut a text silently.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}
