import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** Thrown by a store: the namespace does not exist, or no longer does. */
export class NamespaceNotFoundError extends LociError {
  static override readonly code = "NAMESPACE_NOT_FOUND";
  /** The namespace key. */
  readonly namespace: string;

  constructor(message: string, fields: { readonly namespace: string }, options?: LociErrorOptions) {
    super(message, options);
    this.namespace = fields.namespace;
  }
}
