import type { NamespaceLocation } from "./location.ts";

/** A running or interrupted migration of a tenant. */
export interface MigrationState {
  /**
   * `copying`: writes continue; `switching`: writes wait; `switched`: the tenant has moved; `stopped`: it failed and can resume;
   * `cancelled`: it cannot.
   */
  readonly phase: "copying" | "switching" | "switched" | "stopped" | "cancelled";
  readonly to: NamespaceLocation;
  /** Whether the previous namespace stays, so that the migration can be reverted. */
  readonly keepsPrevious: boolean;
  /** Changes when another process takes over. */
  readonly migrationId: string;
  /** When it first began, in milliseconds since 1970. */
  readonly began: number;
  /** Its last heartbeat, in milliseconds since 1970. */
  readonly at: number;
}
