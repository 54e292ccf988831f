import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * A namespace's manifest names another owner or another scheme. Core reads nothing from it.
 * @example
 * ```ts
 * if (NamespaceOwnershipError.isInstance(error)) console.log(`Look into ${error.namespace}.`);
 * ```
 */
export class NamespaceOwnershipError extends LociError {
  static override readonly code = "NAMESPACE_OWNERSHIP";
  /** The namespace key. */
  readonly namespace: string;

  constructor(message: string, fields: { readonly namespace: string }, options?: LociErrorOptions) {
    super(message, options);
    this.namespace = fields.namespace;
  }
}
