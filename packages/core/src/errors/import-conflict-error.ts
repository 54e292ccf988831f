import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * An import would have overwritten memories with different content. It left them unchanged.
 * @example
 * ```ts
 * if (ImportConflictError.isInstance(error)) console.log(await alice.getMany(error.ids));
 * ```
 */
export class ImportConflictError extends LociError {
  static override readonly code = "IMPORT_CONFLICT";
  /** Ids of the memories that exist with different content. */
  readonly ids: readonly string[];

  constructor(message: string, fields: { readonly ids: readonly string[] }, options?: LociErrorOptions) {
    super(message, options);
    this.ids = fields.ids;
  }
}
