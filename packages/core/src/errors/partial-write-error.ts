import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** A batch failed half-way: some records were stored, others not. Adding is idempotent, so the whole call can be repeated. */
export class PartialWriteError extends LociError {
  static override readonly code = "PARTIAL_WRITE";
  /** Ids of the memories that are stored. */
  readonly stored: readonly string[];
  /** Ids of the memories that are not stored, or not known to be. */
  readonly failed: readonly string[];

  constructor(
    message: string,
    fields: { readonly stored: readonly string[]; readonly failed: readonly string[] },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.stored = fields.stored;
    this.failed = fields.failed;
  }
}
