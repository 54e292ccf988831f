import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * Metadata is not JSON, has a forbidden key, nests too deep or is too large. Thrown before any I/O.
 * @example
 * ```ts
 * if (InvalidMetadataError.isInstance(error)) console.log(error.path, error.message);
 * ```
 */
export class InvalidMetadataError extends LociError {
  static override readonly code = "INVALID_METADATA";
  /** Where in the metadata, such as `metadata.tags[3]`. */
  readonly path: string;

  constructor(message: string, fields: { readonly path: string }, options?: LociErrorOptions) {
    super(message, options);
    this.path = fields.path;
  }
}
