import { LociError } from "./loci-error.ts";

/** The store or the configuration does not support the call. */
export class UnsupportedError extends LociError {
  static override readonly code = "UNSUPPORTED";
}
