import type { Tenant } from "../scope/tenant.ts";
import type { NamespaceLocation } from "../tenancy/location.ts";
import type { MigrationState } from "../tenancy/migration-state.ts";
import type { RegistryEvent } from "../tenancy/registry-event.ts";
import { busy, gone } from "../tenancy/tenant-errors.ts";
import type { TenantRegistry } from "../tenancy/tenant-registry.ts";
import type { TenantState } from "../tenancy/tenant-state.ts";
import type { Timings } from "../util/timings.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * The registry entry of a running migration: its phase and its heartbeat. Its id is the fence: a run that finds
 * another id in the registry stops.
 */
export class MigrationRecord {
  readonly to: NamespaceLocation;
  /** When the first run of the migration began, in milliseconds since 1970. */
  readonly began: number;
  readonly #registry: TenantRegistry;
  readonly #tenant: Tenant;
  readonly #state: TenantState;
  readonly #migration: MigrationDetails;
  readonly #heartbeat: number;
  #phase: MigrationState["phase"] = "copying";
  /** Serializes the entries, so no earlier phase overwrites a later one. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param state the tenant's state at the version that the migration starts from */
  constructor(
    registry: TenantRegistry,
    tenant: Tenant,
    state: TenantState,
    migration: MigrationDetails,
    { heartbeat }: Timings,
  ) {
    this.#registry = registry;
    this.#tenant = tenant;
    this.#state = state;
    this.#migration = migration;
    this.#heartbeat = heartbeat;
    this.to = migration.to;
    this.began = migration.began;
  }

  get phase(): MigrationState["phase"] {
    return this.#phase;
  }

  /**
   * Records a phase.
   * @param isReplaceable whether the run that is recorded now gives way to this one; default: only this one does
   * @throws OrganizationBusyError when another run has taken over, or cancelled this one
   */
  async enter(
    phase: MigrationState["phase"],
    options: Signal,
    isReplaceable: (current: RegistryEvent | undefined) => boolean = () => false,
  ): Promise<void> {
    this.#phase = phase;
    const details = { ...this.#migration, phase };
    const recording = this.#last.then(() =>
      this.#registry.advance(this.#tenant, this.#state.version, details, isReplaceable, options),
    );
    this.#last = recording.catch(() => {});
    if (!(await recording)) throw busy(this.#tenant, "overtaken");
  }

  /** @throws when the tenant is gone, or another run has taken over or cancelled this one */
  async assertOwn(options: Signal): Promise<void> {
    const { state, migration } = await this.#registry.state(this.#tenant, options, this.#state);
    if (state === "gone") throw gone(this.#tenant);
    if (migration?.migrationId !== this.#migration.migrationId) throw busy(this.#tenant, "overtaken");
  }

  /** Runs a step with a heartbeat, so that a slow embedder does not look like a crash. */
  async whileAlive<T>(options: Signal, step: () => Promise<T>): Promise<T> {
    const beat = async () => {
      await this.enter(this.#phase, options);
    };
    const heartbeat = setInterval(() => void beat().catch(() => {}), this.#heartbeat);
    // What it copies keeps the process, and not that it says so.
    (heartbeat as { readonly unref?: () => void }).unref?.();
    try {
      return await step();
    } finally {
      clearInterval(heartbeat);
      await this.#last;
    }
  }

  /** Records that the migration failed, so that writes continue. @returns whether the tenant is gone */
  async stop(): Promise<boolean> {
    const { state, migration } = await this.#registry.state(this.#tenant, {});
    if (state === "gone") return true;
    if (migration?.migrationId === this.#migration.migrationId) await this.enter("stopped", {});
    return false;
  }
}

/** The parts of a migration that do not change while it runs. */
export type MigrationDetails = Omit<MigrationState, "at" | "phase">;
