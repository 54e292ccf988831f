import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The input of an import is not a Loci dump, is damaged, is truncated, or belongs to another organization.
 * @example
 * ```ts
 * if (InvalidDumpError.isInstance(error)) console.log(`Line ${error.line}: ${error.message}`);
 * ```
 */
export class InvalidDumpError extends LociError {
  static override readonly code = "INVALID_DUMP";
  /** The number of the invalid line, from 1. 0 when the problem concerns the whole dump. */
  readonly line: number;

  constructor(message: string, fields: { readonly line: number }, options?: LociErrorOptions) {
    super(message, options);
    this.line = fields.line;
  }
}
