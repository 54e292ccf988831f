import { LociError } from "./loci-error.ts";

/** The storage has no room left: nothing of the failed write was kept. Retry once there is room. */
export class StorageFullError extends LociError {
  static override readonly code = "STORAGE_FULL";
}
