import { LociError } from "./loci-error.ts";

/**
 * The store separates organizations less strictly than the application demands. Thrown by the constructor of
 * `Memory`.
 */
export class InsufficientIsolationError extends LociError {
  static override readonly code = "INSUFFICIENT_ISOLATION";
}
