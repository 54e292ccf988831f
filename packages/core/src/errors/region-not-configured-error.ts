import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The organization lives in a region or cell that this memory is not configured with.
 * @example
 * ```ts
 * if (RegionNotConfiguredError.isInstance(error)) console.log(`Ask a process of ${error.region}.`);
 * ```
 */
export class RegionNotConfiguredError extends LociError {
  static override readonly code = "REGION_NOT_CONFIGURED";
  readonly region: string;
  readonly cell: string;

  constructor(
    message: string,
    fields: { readonly region: string; readonly cell: string },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.region = fields.region;
    this.cell = fields.cell;
  }
}
