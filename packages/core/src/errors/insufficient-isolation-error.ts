import { LociError } from "./loci-error.ts";

/**
 * The store separates organizations less strictly than the application demands. Thrown by the constructor of
 * `Memory`.
 * @example
 * ```ts
 * if (InsufficientIsolationError.isInstance(error)) console.log(error.message); // take another store
 * ```
 */
export class InsufficientIsolationError extends LociError {
  static override readonly code = "INSUFFICIENT_ISOLATION";
}
