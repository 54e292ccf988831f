import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The storage backend failed. `cause` holds its error.
 * @example
 * ```ts
 * if (StoreError.isInstance(error)) console.log(error.store, error.cause);
 * ```
 */
export class StoreError extends LociError {
  static override readonly code = "STORE_FAILURE";
  /** The store's name. */
  readonly store: string;

  constructor(message: string, fields: { readonly store: string }, options?: LociErrorOptions) {
    super(message, options);
    this.store = fields.store;
  }
}
