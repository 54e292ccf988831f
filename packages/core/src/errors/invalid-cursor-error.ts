import { LociError } from "./loci-error.ts";

/**
 * A cursor is broken, or belongs to another scope, filter or listing. Thrown before any memory is read.
 * @example
 * ```ts
 * if (InvalidCursorError.isInstance(error)) await alice.list(); // the first page again
 * ```
 */
export class InvalidCursorError extends LociError {
  static override readonly code = "INVALID_CURSOR";
}
