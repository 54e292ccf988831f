import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationGoneError } from "../errors/organization-gone-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";

/** The error for a tenant with a running import, migration or onboarding. */
export function busy(tenant: Tenant, what: string): OrganizationBusyError {
  return new OrganizationBusyError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is ${what}. Wait until that completes. If it was interrupted, repeat the call, or end it with ${what === "being moved" ? "cancelMigration" : "offboard"}.`,
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
    `${who} was offboarded: it cannot be read or written. To start again without its memories, call onboard.`,
    { orgId: orgIdOf(tenant) },
  );
}
