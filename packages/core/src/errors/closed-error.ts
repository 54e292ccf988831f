import { LociError } from "./loci-error.ts";

/** The memory was closed and accepts no more calls. */
export class ClosedError extends LociError {
  static override readonly code = "CLOSED";
}
