import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * An import or a migration of the organization is running. Wait until it completes.
 * @example
 * ```ts
 * if (OrganizationBusyError.isInstance(error)) console.log(error.orgId, error.message);
 * ```
 */
export class OrganizationBusyError extends LociError {
  static override readonly code = "ORGANIZATION_BUSY";
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;

  constructor(message: string, fields: { readonly orgId: string | null }, options?: LociErrorOptions) {
    super(message, options);
    this.orgId = fields.orgId;
  }
}
