import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The reranker did not return one finite number for each text.
 * @example
 * ```ts
 * if (InvalidRankingError.isInstance(error)) console.log(`${error.reranker} is broken.`);
 * ```
 */
export class InvalidRankingError extends LociError {
  static override readonly code = "INVALID_RANKING";
  /** The reranker's id. */
  readonly reranker: string;

  constructor(message: string, fields: { readonly reranker: string }, options?: LociErrorOptions) {
    super(message, options);
    this.reranker = fields.reranker;
  }
}
