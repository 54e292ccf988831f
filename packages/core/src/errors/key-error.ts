import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * What is wrong with a key. `missing`: there is none, or it was destroyed. `wrong`: it does not open what it should.
 * `unavailable`: its provider does not answer now.
 */
export type KeyProblem = "missing" | "wrong" | "unavailable";

/** An organization's memories cannot be decrypted. Nothing is lost by it, as long as the key can be had again. */
export class KeyError extends LociError {
  static override readonly code = "KEY_ERROR";
  readonly problem: KeyProblem;

  constructor(message: string, fields: { readonly problem: KeyProblem }, options?: LociErrorOptions) {
    super(message, { retryable: fields.problem === "unavailable", ...options });
    this.problem = fields.problem;
  }
}
