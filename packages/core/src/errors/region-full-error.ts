import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** Every cell of the region has as many organizations as it may. */
export class RegionFullError extends LociError {
  static override readonly code = "REGION_FULL";
  readonly region: string;

  constructor(message: string, fields: { readonly region: string }, options?: LociErrorOptions) {
    super(message, options);
    this.region = fields.region;
  }
}
