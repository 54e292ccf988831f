import { LociError } from "./loci-error.ts";

/** The store or the configuration cannot do what was asked. */
export class UnsupportedError extends LociError {
  static override readonly code = "UNSUPPORTED";
}
