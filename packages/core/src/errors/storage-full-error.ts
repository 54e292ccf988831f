import { LociError } from "./loci-error.ts";

/** The storage is full. Nothing of the failed write was stored. Retry after freeing space. */
export class StorageFullError extends LociError {
  static override readonly code = "STORAGE_FULL";
}
