import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The embedder did not return one finite, non-zero vector of the right width for each text.
 * @example
 * ```ts
 * if (InvalidEmbeddingError.isInstance(error)) console.log(`${error.embedder} is broken.`);
 * ```
 */
export class InvalidEmbeddingError extends LociError {
  static override readonly code = "INVALID_EMBEDDING";
  /** The embedder's id. */
  readonly embedder: string;

  constructor(message: string, fields: { readonly embedder: string }, options?: LociErrorOptions) {
    super(message, options);
    this.embedder = fields.embedder;
  }
}
