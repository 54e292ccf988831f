import type { EmbedderFingerprint } from "../store/manifest.ts";

/** Options of one embedding call. */
export interface EmbedOptions {
  /** Whether the texts are to be found, or to find with: some models want a prefix for each. */
  readonly purpose: "document" | "query";
  readonly signal?: AbortSignal;
}

/** Turns texts into vectors. Adapters for model servers implement it. */
export interface Embedder {
  readonly specVersion: 1;
  /** Names the model for people, such as `ollama/nomic-embed-text`; errors carry it. */
  readonly id: string;
  /** The most texts in one call; core splits longer lists. */
  readonly maxBatch: number;
  /** How many calls of one list may run at once. Default: 4. */
  readonly maxConcurrency?: number;
  /**
   * Says what makes this embedder's vectors what they are, asking its server where only that knows. It is stored
   * with each organization's vectors, and compared when they are opened: two embedders whose vectors cannot be
   * compared must differ in it.
   */
  describe(options?: { readonly signal?: AbortSignal }): Promise<EmbedderFingerprint>;
  /**
   * One L2-normalized vector of finite numbers for each text, in the order of the texts, as wide as `describe` says.
   * Must reject when `signal` aborts, must throw a `ModelError` when its server fails, and must never cut a text
   * silently: one that is too long is refused with the problem `too-long`, or counts whole.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}
