import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** A namespace says of itself that it belongs to somebody else, or was made by another scheme. Nothing of it is read. */
export class NamespaceOwnershipError extends LociError {
  static override readonly code = "NAMESPACE_OWNERSHIP";
  /** The namespace key. */
  readonly namespace: string;

  constructor(message: string, fields: { readonly namespace: string }, options?: LociErrorOptions) {
    super(message, options);
    this.namespace = fields.namespace;
  }
}
