import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * An argument of a call is invalid: a text, a message, an id, an option. Thrown before any I/O.
 * @example
 * ```ts
 * if (InvalidInputError.isInstance(error)) console.log(error.path, error.message);
 * ```
 */
export class InvalidInputError extends LociError {
  static override readonly code = "INVALID_INPUT";
  /** The invalid part of the input, such as `messages[2].content`. */
  readonly path: string;

  constructor(message: string, fields: { readonly path: string }, options?: LociErrorOptions) {
    super(message, options);
    this.path = fields.path;
  }
}
