import type { NamespaceLocation } from "./location.ts";
import type { MigrationState } from "./migration-state.ts";
import type { EventName, RegistryEvent } from "./registry-event.ts";

/** What the registry knows of a tenant. */
export interface TenantState {
  readonly state: "unknown" | "importing" | "active" | "gone";
  /** Counts the tenant's onboardings and migrations. 0 for one never seen. */
  readonly version: number;
  /** The version at which it was last onboarded. */
  readonly onboarded: number;
  /** Where its namespace is, or was. Absent for one never seen. */
  readonly location?: NamespaceLocation;
  readonly migration?: MigrationState;
  /** Its namespace before the last migration, while that may still exist. */
  readonly previous?: PreviousNamespace;
  /** Whether every process has noticed the last migration. */
  readonly propagated: boolean;
}

/** The former namespace of a tenant. */
interface PreviousNamespace {
  readonly location: NamespaceLocation;
  /** Whether it is kept, so that the migration can be reverted. */
  readonly keepsPrevious: boolean;
}

/** How a tenant came to its location at one version. */
export interface Arrival {
  readonly location: NamespaceLocation;
  readonly onboarded: number;
  readonly previous?: PreviousNamespace;
}

/** The state of a tenant that was never seen. */
export const unknownTenant: TenantState = { state: "unknown", version: 0, onboarded: 0, propagated: true };

/** Derives the state of a tenant at one version from the events of that version. */
export function tenantState(
  version: number,
  { location, onboarded, previous }: Arrival,
  found: ReadonlyMap<EventName, RegistryEvent>,
): TenantState {
  const { to, keeps = false, run = "", phase = "stopped", began = 0, at = 0 } = found.get("moving") ?? {};
  const isGone = found.has("gone");
  const isActive = found.has("onboarded") || onboarded < version;
  return {
    state: isGone ? "gone" : isActive ? "active" : "importing",
    version,
    onboarded,
    location,
    propagated: onboarded === version || found.has("settled") || found.has("confirmed"),
    ...(to && (isGone || (phase !== "cancelled" && phase !== "switched" && !found.has("moved")))
      ? { migration: { phase, to, keepsPrevious: keeps, migrationId: run, began, at } }
      : {}),
    ...(previous && !found.has("confirmed") ? { previous } : {}),
  };
}
