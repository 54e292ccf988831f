import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** What a call was given to store, to look for or to do is ill-formed: a text, a message, an id, an option. Thrown before any I/O. */
export class InvalidInputError extends LociError {
  static override readonly code = "INVALID_INPUT";
  /** Which part of the input, such as `messages[2].content`. */
  readonly path: string;

  constructor(message: string, fields: { readonly path: string }, options?: LociErrorOptions) {
    super(message, options);
    this.path = fields.path;
  }
}
