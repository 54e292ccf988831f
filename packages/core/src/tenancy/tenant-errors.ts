import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationGoneError } from "../errors/organization-gone-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";

/** Why a call cannot have a tenant now. */
type BusyReason =
  | "migrating"
  | "overtaken"
  | "moved"
  | "reembedded"
  | "importing"
  | "imported"
  | "onboarding";

/** What to say of each reason, and what the caller can do. */
export const busyReasons: {
  readonly [reason in BusyReason]: {
    readonly is: string;
    readonly advice: string;
    readonly retryable: boolean;
  };
} = {
  migrating: {
    is: "is being migrated",
    advice:
      "Wait until that is complete. If it was interrupted, call the method that began it again to resume it, or cancelMigration() to end it.",
    retryable: true,
  },
  overtaken: {
    is: "is no longer migrated by this process: another process has resumed the migration, or cancelled it",
    advice: "No memory was lost. Look up with memory.organizations() where it is now before you call again.",
    retryable: false,
  },
  moved: {
    is: "was moved to another namespace during the call",
    advice: "Call again: the whole call is repeated there.",
    retryable: true,
  },
  reembedded: {
    is: "was re-embedded, and its earlier vectors are kept",
    advice: "Call confirm() to drop them or revert() to go back to them first.",
    retryable: false,
  },
  importing: {
    is: "is being imported",
    advice:
      "Wait until that is complete. If it was interrupted, import the same dump again, or call offboard() to delete what was imported.",
    retryable: true,
  },
  imported: {
    is: "was created by another import, or by a first write, while this one ran",
    advice:
      'What this import has written was dropped. Call it again with conflicts: "keep" or "overwrite" to add its memories.',
    retryable: false,
  },
  onboarding: {
    is: "is being onboarded by another process",
    advice: "Call again.",
    retryable: true,
  },
};

/** The error for a tenant that a call cannot have now. */
export function busy(tenant: Tenant, reason: BusyReason): OrganizationBusyError {
  const { is, advice, retryable } = busyReasons[reason];
  return new OrganizationBusyError(
    `${nameOf(tenant)} ${is}. ${advice}`,
    { orgId: orgIdOf(tenant) },
    { retryable },
  );
}

/** The error for a tenant that was offboarded. */
export function gone(tenant: Tenant): OrganizationGoneError {
  return new OrganizationGoneError(
    `${nameOf(tenant)} was offboarded: nothing is written to it or read from it. Call onboard() to begin an empty one.`,
    { orgId: orgIdOf(tenant) },
  );
}

function nameOf(tenant: Tenant): string {
  return tenant.kind === "organization"
    ? `Organization ${JSON.stringify(tenant.orgId)}`
    : "This deployment's only tenant";
}
