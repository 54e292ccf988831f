import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * No organization with this id was ever onboarded, or it must first be onboarded in a region.
 * @example
 * ```ts
 * if (OrganizationNotFoundError.isInstance(error)) console.log(`There is no ${error.orgId}.`);
 * ```
 */
export class OrganizationNotFoundError extends LociError {
  static override readonly code = "ORGANIZATION_NOT_FOUND";
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;

  constructor(message: string, fields: { readonly orgId: string | null }, options?: LociErrorOptions) {
    super(message, options);
    this.orgId = fields.orgId;
  }
}
