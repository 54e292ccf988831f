import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** What was to be imported is no dump of Loci's, is damaged, ends too early, or belongs to another organization. */
export class InvalidDumpError extends LociError {
  static override readonly code = "INVALID_DUMP";
  /** The line that is wrong, from 1; 0 when it is about the whole. */
  readonly line: number;

  constructor(message: string, fields: { readonly line: number }, options?: LociErrorOptions) {
    super(message, options);
    this.line = fields.line;
  }
}
