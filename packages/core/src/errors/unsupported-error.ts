import { LociError } from "./loci-error.ts";

/**
 * The store or the configuration does not support the call.
 * @example
 * ```ts
 * if (UnsupportedError.isInstance(error)) console.log(error.message); // what the store cannot do
 * ```
 */
export class UnsupportedError extends LociError {
  static override readonly code = "UNSUPPORTED";
}
