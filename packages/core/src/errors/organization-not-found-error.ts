import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** No organization of this id was ever onboarded, so that there is nothing to offboard. */
export class OrganizationNotFoundError extends LociError {
  static override readonly code = "ORGANIZATION_NOT_FOUND";
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;

  constructor(message: string, fields: { readonly orgId: string | null }, options?: LociErrorOptions) {
    super(message, options);
    this.orgId = fields.orgId;
  }
}
