import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * A batch failed halfway: some records were stored, others were not. Repeat the whole call; adding is idempotent.
 * @example
 * ```ts
 * if (PartialWriteError.isInstance(error)) console.log(error.message); // call again: what was stored is unchanged
 * ```
 */
export class PartialWriteError extends LociError {
  static override readonly code = "PARTIAL_WRITE";
  /** Ids of the stored memories. */
  readonly stored: readonly string[];
  /** Ids of the memories that were not stored, or whose state is unknown. */
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
