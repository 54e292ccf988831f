import { LociError } from "./loci-error.ts";

/** A metadata filter has an unknown operator or the wrong shape. Thrown before any I/O. */
export class InvalidFilterError extends LociError {
  static override readonly code = "INVALID_FILTER";
}
