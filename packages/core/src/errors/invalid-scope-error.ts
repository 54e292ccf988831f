import { LociError } from "./loci-error.ts";

/** The scope of a call is missing, incomplete or ill-formed. Thrown before any I/O. */
export class InvalidScopeError extends LociError {
  static override readonly code = "INVALID_SCOPE";
}
