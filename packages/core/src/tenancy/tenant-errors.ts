import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationGoneError } from "../errors/organization-gone-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";

/** The error for a tenant that something is going on with. */
export function busy(tenant: Tenant, what: string): OrganizationBusyError {
  return new OrganizationBusyError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is ${what}. Wait until that is complete; if it was interrupted, call the same again, or end it with ${what === "being moved" ? "cancelMigration" : "offboard"}.`,
    { orgId: orgIdOf(tenant) },
    { retryable: true },
  );
}
/** The error for a tenant that was offboarded. */
export function gone(tenant: Tenant): OrganizationGoneError {
  const who =
    tenant.kind === "organization"
      ? `Organization ${JSON.stringify(tenant.orgId)}`
      : "This deployment's only tenant";
  return new OrganizationGoneError(
    `${who} was offboarded: nothing is written to it or read from it. To begin anew, empty, call onboard.`,
    { orgId: orgIdOf(tenant) },
  );
}
