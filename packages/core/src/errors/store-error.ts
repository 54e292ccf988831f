import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** The storage backend failed. `cause` holds its error. */
export class StoreError extends LociError {
  static override readonly code = "STORE_FAILURE";
  /** The store's name. */
  readonly store: string;

  constructor(message: string, fields: { readonly store: string }, options?: LociErrorOptions) {
    super(message, options);
    this.store = fields.store;
  }
}
