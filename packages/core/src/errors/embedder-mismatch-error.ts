import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The namespace holds vectors of another embedder than the configured one. They cannot be compared.
 * @example
 * ```ts
 * if (EmbedderMismatchError.isInstance(error)) console.log(error.stored, error.configured);
 * ```
 */
export class EmbedderMismatchError extends LociError {
  static override readonly code = "EMBEDDER_MISMATCH";
  /** The embedder that the namespace was created with, null for none. */
  readonly stored: string | null;
  /** The configured embedder, null for none. */
  readonly configured: string | null;

  constructor(
    message: string,
    fields: { readonly stored: string | null; readonly configured: string | null },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.stored = fields.stored;
    this.configured = fields.configured;
  }
}
