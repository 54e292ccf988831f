import { LociError } from "./loci-error.ts";

/**
 * The storage is full. Nothing of the failed write was stored. Retry after freeing space.
 * @example
 * ```ts
 * if (StorageFullError.isInstance(error)) console.log(error.message); // make room on the disk
 * ```
 */
export class StorageFullError extends LociError {
  static override readonly code = "STORAGE_FULL";
}
