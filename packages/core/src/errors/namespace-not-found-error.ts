import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** The namespace does not exist, or was dropped. Thrown by stores; core then asks the tenant registry. */
export class NamespaceNotFoundError extends LociError {
  static override readonly code = "NAMESPACE_NOT_FOUND";
  /** The namespace key. */
  readonly namespace: string;

  constructor(message: string, fields: { readonly namespace: string }, options?: LociErrorOptions) {
    super(message, options);
    this.namespace = fields.namespace;
  }
}
