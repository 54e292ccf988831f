import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * An organization's memories cannot be decrypted. Nothing is lost while the key can be restored.
 * @example
 * ```ts
 * if (KeyError.isInstance(error) && error.problem === "unavailable") console.log("Try again later.");
 * ```
 */
export class KeyError extends LociError {
  static override readonly code = "KEY_ERROR";
  readonly problem: KeyProblem;

  constructor(message: string, fields: { readonly problem: KeyProblem }, options?: LociErrorOptions) {
    super(message, { retryable: fields.problem === "unavailable", ...options });
    this.problem = fields.problem;
  }
}

/**
 * What is wrong with a key. `missing`: it never existed or was destroyed. `wrong`: it does not decrypt the data.
 * `unavailable`: its provider does not answer now.
 */
export type KeyProblem = "missing" | "wrong" | "unavailable";
