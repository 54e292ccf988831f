import { LociError } from "./loci-error.ts";

/**
 * The memory was closed and accepts no more calls.
 * @example
 * ```ts
 * if (ClosedError.isInstance(error)) console.log("The server is shutting down.");
 * ```
 */
export class ClosedError extends LociError {
  static override readonly code = "CLOSED";
}
