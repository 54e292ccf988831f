import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** No memory of these ids can be changed from this scope. One that exists elsewhere gets the same answer. */
export class MemoryNotFoundError extends LociError {
  static override readonly code = "MEMORY_NOT_FOUND";
  /** The ids asked for and not found. */
  readonly ids: readonly string[];

  constructor(message: string, fields: { readonly ids: readonly string[] }, options?: LociErrorOptions) {
    super(message, options);
    this.ids = fields.ids;
  }
}
