import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** An import would have overwritten memories that say something else. They were left as they are. */
export class ImportConflictError extends LociError {
  static override readonly code = "IMPORT_CONFLICT";
  /** The memories of the dump that exist with another content. */
  readonly ids: readonly string[];

  constructor(message: string, fields: { readonly ids: readonly string[] }, options?: LociErrorOptions) {
    super(message, options);
    this.ids = fields.ids;
  }
}
