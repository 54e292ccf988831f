import { LociError } from "./loci-error.ts";

/**
 * A metadata filter has an unknown operator or the wrong shape. Thrown before any I/O.
 * @example
 * ```ts
 * if (InvalidFilterError.isInstance(error)) console.log(error.message); // filter.age.gt is an unknown operator; ...
 * ```
 */
export class InvalidFilterError extends LociError {
  static override readonly code = "INVALID_FILTER";
}
