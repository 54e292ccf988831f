import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * Every cell of the region holds as many organizations as its ceiling allows.
 * @example
 * ```ts
 * if (RegionFullError.isInstance(error)) console.log(`Add a cell to ${error.region}.`);
 * ```
 */
export class RegionFullError extends LociError {
  static override readonly code = "REGION_FULL";
  readonly region: string;

  constructor(message: string, fields: { readonly region: string }, options?: LociErrorOptions) {
    super(message, options);
    this.region = fields.region;
  }
}
