import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * This scope cannot change memories with these ids or keys. A missing memory and one outside the scope give the same error.
 * @example
 * ```ts
 * if (MemoryNotFoundError.isInstance(error)) console.log(error.ids);
 * ```
 */
export class MemoryNotFoundError extends LociError {
  static override readonly code = "MEMORY_NOT_FOUND";
  /** The ids that were not found. */
  readonly ids: readonly string[];
  /** The keys that were not found. */
  readonly keys: readonly string[];

  constructor(
    message: string,
    { ids = [], keys = [] }: { readonly ids?: readonly string[]; readonly keys?: readonly string[] },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.ids = ids;
    this.keys = keys;
  }
}
