import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * The organization was offboarded. It cannot be read or written until it is onboarded again.
 * @example
 * ```ts
 * if (OrganizationGoneError.isInstance(error)) console.log(`${error.orgId} has left.`);
 * ```
 */
export class OrganizationGoneError extends LociError {
  static override readonly code = "ORGANIZATION_GONE";
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;

  constructor(message: string, fields: { readonly orgId: string | null }, options?: LociErrorOptions) {
    super(message, options);
    this.orgId = fields.orgId;
  }
}
