import type { Offboarding } from "../erasure/offboarding.ts";
import type { ErasureReceipt } from "../erasure/receipt.ts";
import { EmbedderMismatchError } from "../errors/embedder-mismatch-error.ts";
import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { uuid } from "../store/digest.ts";
import { sameEmbedder } from "../store/manifest.ts";
import { Lease } from "../tenancy/lease.ts";
import { type NamespaceLocation, sameLocation } from "../tenancy/location.ts";
import type { RegistryEvent } from "../tenancy/registry-event.ts";
import { busy, gone } from "../tenancy/tenant-errors.ts";
import type { OpenNamespace, TenantNamespaces } from "../tenancy/tenant-namespaces.ts";
import type { TenantRegistry } from "../tenancy/tenant-registry.ts";
import type { TenantState } from "../tenancy/tenant-state.ts";
import { endWithSignal } from "../util/end-with-signal.ts";
import type { Timings } from "../util/timings.ts";
import { copyUntilEqual, type EqualCopy } from "./copy-until-equal.ts";
import type { MigrationPlan, MigrationResult } from "./migration.ts";
import { type MigrationDetails, MigrationRecord } from "./migration-record.ts";

type Signal = { readonly signal?: AbortSignal };

/** How long a migration that was aborted tries to leave nothing behind, in milliseconds. */
const longestStop = 3000;

/** Moves a tenant's memories into another namespace, online. */
export class Migrator {
  readonly #registry: TenantRegistry;
  readonly #namespaces: TenantNamespaces;
  readonly #offboarding: Offboarding;
  readonly #contextFor: (tenant: Tenant, open: OpenNamespace, options: Signal) => OperationContext;
  readonly #timings: Timings;
  readonly #lease: Lease;
  readonly #running = new Set<string>();

  constructor(
    registry: TenantRegistry,
    namespaces: TenantNamespaces,
    offboarding: Offboarding,
    contextFor: (tenant: Tenant, open: OpenNamespace, options: Signal) => OperationContext,
    timings: Timings,
  ) {
    this.#registry = registry;
    this.#namespaces = namespaces;
    this.#offboarding = offboarding;
    this.#contextFor = contextFor;
    this.#timings = timings;
    this.#lease = new Lease(timings);
  }

  /** @throws OrganizationNotFoundError, OrganizationGoneError, OrganizationBusyError */
  async state(tenant: Tenant, options: Signal): Promise<LocatedTenant> {
    const state = await this.#registry.state(tenant, options);
    const { location } = state;
    if (state.state === "gone") throw gone(tenant);
    if (state.state === "importing") throw busy(tenant, "importing");
    if (location) return { ...state, location };
    throw new OrganizationNotFoundError(
      `There is no organization ${JSON.stringify(orgIdOf(tenant))}: it was never onboarded. Check the id; it is compared exactly.`,
      { orgId: orgIdOf(tenant) },
    );
  }

  /**
   * Copies, waits until no process relies on the previous namespace, copies the rest, compares, switches, and drops the
   * previous one. After a crash, the same call resumes.
   */
  async migrate(tenant: Tenant, plan: MigrationPlan, options: Signal): Promise<MigrationResult> {
    const name = `${tenant.kind} ${tenant.orgId}`;
    if (this.#running.has(name)) throw busy(tenant, "migrating");
    this.#running.add(name);
    try {
      return await this.#migrate(tenant, plan, options);
    } finally {
      this.#running.delete(name);
    }
  }

  /** Lets writes continue after a switch, once every process has noticed it. */
  async propagate(tenant: Tenant, { propagated, version }: TenantState, options: Signal): Promise<void> {
    if (propagated) return;
    await this.#lease.waitForAll(options.signal);
    await this.#registry.record("settled", tenant, version, {}, options);
  }

  /** Drops the previous namespace of a tenant, and records that it is gone. */
  async finish(
    kind: MigrationPlan["kind"],
    tenant: Tenant,
    state: LocatedTenant,
    actor: string | null,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const { previous, location, version } = state;
    if (!previous) {
      throw new InvalidInputError("There is nothing to confirm: no previous namespace is kept.", {
        path: "orgId",
      });
    }
    await this.propagate(tenant, state, options);
    if ((await this.#namespaces.count(tenant, location, options)) === null) {
      throw new StoreError(
        `The new namespace of organization ${JSON.stringify(orgIdOf(tenant))} is missing. The old one, ${this.#namespaces.key(tenant, previous.location)}, was not dropped.`,
        { store: this.#namespaces.store(location).name },
      );
    }
    const receipt = await this.#offboarding.purge(kind, tenant, previous.location, actor, options);
    // Destroys the keys in a region that the organization has left.
    if (previous.location.region !== location.region)
      await this.#namespaces.destroyKeysLeft(tenant, previous.location, location, options);
    await this.#registry.record("confirmed", tenant, version, {}, options);
    return receipt;
  }

  /** Ends a migration before its switch, and drops its copy. */
  async cancel(tenant: Tenant, options: Signal): Promise<void> {
    const state = await this.state(tenant, options);
    if (state.migration) {
      const { to, keepsPrevious, began } = state.migration;
      const migration = { to, keepsPrevious, began, migrationId: newMigrationId() };
      const { migrationId } = state.migration;
      // A run that was about to switch has done so, or finds that it was cancelled.
      const record = this.#recordOf(tenant, state, migration);
      await record.enter("cancelled", options, (current) => current?.run === migrationId);
    }
    // Also what an earlier cancellation has left that was ended half-way.
    await this.#namespaces.dropUnused(tenant, () => this.state(tenant, options), options);
  }

  async #migrate(tenant: Tenant, plan: MigrationPlan, options: Signal): Promise<MigrationResult> {
    let state = await this.state(tenant, options);
    // A migration that was interrupted after the switch only has to drop the previous namespace.
    if (state.previous && !state.previous.keepsPrevious) {
      const receipt = await this.finish(plan.kind, tenant, state, plan.actor, options);
      state = await this.state(tenant, options);
      if (sameLocation(state.location, plan.to)) {
        const { region, cell } = state.location;
        const memories = (await this.#namespaces.count(tenant, state.location, options)) ?? 0;
        return { region, cell, memories, copied: 0, paused: 0, receipt };
      }
    }
    const record = await this.#begin(tenant, state, plan, options);
    const { to } = record;
    try {
      const { memories, copied, paused } = await this.#copy(tenant, state, plan, record, options);
      // From here on, every process that reads the registry finds the tenant at its new location.
      const { region, cell } = state.location;
      const details = { to, keepsPrevious: plan.keepsPrevious, left: { region, cell } };
      await record.enter("switched", options);
      await this.#registry.record("moved", tenant, state.version, details, options);
      const start = Date.now();
      const now = await this.state(tenant, options);
      await this.propagate(tenant, now, options);
      const result = {
        region: to.region,
        cell: to.cell,
        memories,
        copied,
        paused: paused + Date.now() - start,
      };
      if (plan.keepsPrevious) return { ...result, receipt: null };
      plan.onProgress?.({ phase: "purging", done: memories, total: memories });
      const propagated = { ...now, propagated: true };
      return {
        ...result,
        receipt: await this.finish(plan.kind, tenant, propagated, plan.actor, options),
      };
    } catch (error) {
      throw await this.#stop(tenant, record, error, options);
    }
  }

  /**
   * Records the migration, unless another process runs one. Resumes an interrupted migration with the same target;
   * otherwise drops its copy.
   */
  async #begin(
    tenant: Tenant,
    state: LocatedTenant,
    plan: MigrationPlan,
    options: Signal,
  ): Promise<MigrationRecord> {
    const { previous, migration } = state;
    if (previous && previous.location.generation !== plan.into?.generation) throw busy(tenant, "reembedded");
    const isAlive =
      migration && migration.phase !== "stopped" && Date.now() - migration.at < this.#timings.maxSilence;
    if (isAlive && !plan.takeOver) throw busy(tenant, "migrating");
    const canResume =
      migration &&
      sameLocation(migration.to, plan.to) &&
      migration.keepsPrevious === plan.keepsPrevious &&
      (await this.#hasVectorsOf(tenant, migration.to, plan.embedder, options));
    const to = plan.into ?? (canResume ? migration.to : this.#namespaces.place(plan.to, state.location));
    const record = this.#recordOf(tenant, state, {
      to,
      keepsPrevious: plan.keepsPrevious,
      migrationId: newMigrationId(),
      began: canResume ? migration.began : Date.now(),
    });
    const isFree = (current: RegistryEvent | undefined) =>
      current === undefined || current.phase === "cancelled" || current.run === migration?.migrationId;
    await record.enter("copying", options, isFree);
    // What this migration goes on with is kept, and every other copy dropped.
    await this.#namespaces.dropUnused(tenant, () => this.state(tenant, options), options);
    return record;
  }

  /** Whether an interrupted copy has the vectors of this embedder. */
  async #hasVectorsOf(
    tenant: Tenant,
    to: NamespaceLocation,
    embedder: VerifiedEmbedder | undefined,
    options: Signal,
  ): Promise<boolean> {
    try {
      const { namespace } = await this.#namespaces.open(tenant, to, options);
      const wanted = (await embedder?.fingerprint(options)) ?? null;
      return sameEmbedder(namespace.manifest.embedder, wanted);
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return true;
      if (EmbedderMismatchError.isInstance(error)) return false;
      throw error;
    }
  }

  async #copy(
    tenant: Tenant,
    state: LocatedTenant,
    plan: MigrationPlan,
    record: MigrationRecord,
    options: Signal,
  ): Promise<EqualCopy> {
    const { to, began } = record;
    const source = await this.#namespaces.open(tenant, state.location, options);
    await record.assertOwn(options);
    const target = await this.#namespaces.create(
      tenant,
      to,
      state.onboarded,
      plan.embedder,
      options,
      source.namespace,
    );
    // Whoever has cancelled this migration meanwhile has looked for the target before it was there.
    await record.assertOwn(options);
    const from = this.#contextFor(tenant, source, options);
    const total = (await this.#namespaces.count(tenant, state.location, options)) ?? 0;
    const step = async (done: number) => {
      await record.assertOwn(options);
      plan.onProgress?.({ phase: record.phase === "switching" ? "switching" : "copying", done, total });
    };
    return record.whileAlive(options, () =>
      copyUntilEqual(
        { from, to: target, began, step },
        {
          close: async () => {
            await record.enter("switching", options);
            await this.#lease.waitForAll(options.signal);
          },
          open: () => record.enter("copying", options),
          // Those who wait have not given up by then.
          maxEmbedding: this.#timings.maxFence / 3,
        },
      ),
    );
  }

  #recordOf(tenant: Tenant, state: TenantState, migration: MigrationDetails): MigrationRecord {
    return new MigrationRecord(this.#registry, tenant, state, migration, this.#timings);
  }

  /**
   * Lets writes continue after a failure, if the registry can be reached. Where the signal has ended, one that hangs is not waited for:
   * who comes next ends what is left of the migration.
   * @returns the error to throw
   */
  async #stop(tenant: Tenant, record: MigrationRecord, error: unknown, { signal }: Signal): Promise<unknown> {
    const stop = async () => {
      const isGone = await record.stop();
      // Whoever has ended this run may have looked for its target before that was made.
      await this.#namespaces.dropUnused(tenant, () => this.#registry.state(tenant, {}), {});
      return isGone ? gone(tenant) : error;
    };
    try {
      return await endWithSignal(signal, stop(), longestStop);
    } catch {
      // The original error says more than a failure to record it.
      return error;
    }
  }
}

/** The state of a tenant that has a location. */
type LocatedTenant = TenantState & { readonly location: NamespaceLocation };

function newMigrationId(): string {
  return uuid(crypto.getRandomValues(new Uint8Array(16)));
}
