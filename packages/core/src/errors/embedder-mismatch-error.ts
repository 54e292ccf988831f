import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** The namespace was written with another embedder than the one configured: their vectors cannot be compared. */
export class EmbedderMismatchError extends LociError {
  static override readonly code = "EMBEDDER_MISMATCH";
  /** The embedder that the namespace was created with, null for none. */
  readonly stored: string | null;
  /** The embedder configured now, null for none. */
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
