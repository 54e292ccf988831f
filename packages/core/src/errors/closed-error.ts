import { LociError } from "./loci-error.ts";

/** The memory was closed; it answers no further calls. */
export class ClosedError extends LociError {
  static override readonly code = "CLOSED";
}
