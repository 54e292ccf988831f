import type { CosineScatter, EmbedderFingerprint } from "../store/manifest.ts";

/**
 * Turns texts into vectors. Adapters for model servers implement it.
 * @example
 * ```ts
 * const make = (embedder: Embedder) => new Memory({ store: inMemory(), embedder });
 * ```
 */
export interface Embedder {
  readonly specVersion: 1;
  /** Names the model for people, such as `ollama/nomic-embed-text`; errors carry it. */
  readonly id: string;
  /** The most texts in one call; core splits longer lists. */
  readonly maxBatch: number;
  /** How many calls of one list may run at once. Default: 4. */
  readonly maxConcurrency?: number;
  /**
   * How its cosines scatter over unrelated texts, by which keywords are weighted beside them. Default: measured once, with 36
   * sentences, when the first vectors of an organization are asked for.
   */
  readonly scatter?: CosineScatter;
  /**
   * Describes what determines the vectors, asking the server if needed. The fingerprint is stored with each
   * organization's vectors and compared when they are opened. Embedders with incomparable vectors must have
   * different fingerprints.
   */
  describe(options?: { readonly signal?: AbortSignal }): Promise<EmbedderFingerprint>;
  /**
   * Returns one L2-normalized vector of finite numbers for each text, in order, as wide as `describe` says. Must
   * reject when `signal` aborts. Must throw a `ModelError` when its server fails. Must never truncate a text: embeds
   * all of it, or throws with the problem `too-long`.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}

/**
 * Options of one embedding call.
 * @example
 * ```ts
 * const prefix = ({ purpose }: EmbedOptions) => (purpose === "query" ? "query: " : "passage: ");
 * ```
 */
export interface EmbedOptions {
  /** `document`: texts to store. `query`: texts to search with. Some models need a prefix for each. */
  readonly purpose: "document" | "query";
  readonly signal?: AbortSignal;
}
