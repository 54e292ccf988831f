import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The store returned a record outside the scope of the call. Core withheld it. The store leaks: do not use it.
 * @example
 * ```ts
 * if (IsolationBreachError.isInstance(error)) console.log(`${error.store} leaks in ${error.operation}.`);
 * ```
 */
export class IsolationBreachError extends LociError {
  static override readonly code = "ISOLATION_BREACH";
  /** The store's name. */
  readonly store: string;
  /** The store's method that leaked. */
  readonly operation: string;

  constructor(
    message: string,
    fields: { readonly store: string; readonly operation: string },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.store = fields.store;
    this.operation = fields.operation;
  }
}
