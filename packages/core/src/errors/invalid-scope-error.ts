import { LociError } from "./loci-error.ts";

/**
 * The scope of a call is missing, incomplete or ill-formed. Thrown before any I/O.
 * @example
 * ```ts
 * if (InvalidScopeError.isInstance(error)) console.log(error.message); // orgId is missing: ...
 * ```
 */
export class InvalidScopeError extends LociError {
  static override readonly code = "INVALID_SCOPE";
}
