import type { Offboarding } from "../erasure/offboarding.ts";
import type { ErasureReceipt } from "../erasure/receipt.ts";
import { EmbedderMismatchError } from "../errors/embedder-mismatch-error.ts";
import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { VerifiedEmbedder } from "../models/verified-embedder.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { uuid } from "../store/digest.ts";
import { sameEmbedder } from "../store/manifest.ts";
import { waitForLeases } from "../tenancy/lease.ts";
import { type NamespaceLocation, sameLocation } from "../tenancy/location.ts";
import { busy, gone } from "../tenancy/tenant-errors.ts";
import type { OpenNamespace, TenantNamespaces } from "../tenancy/tenant-namespaces.ts";
import type { TenantRegistry } from "../tenancy/tenant-registry.ts";
import type { Migration, TenantState } from "../tenancy/tenant-state.ts";
import { copyUntilEqual, type EqualCopy } from "./copy-until-equal.ts";
import type { MigrationPlan, MigrationResult } from "./migration.ts";

type Signal = { readonly signal?: AbortSignal };

/** A migration that was not heard of for this long, in milliseconds, is taken over by whoever calls it again. */
const silence = 15_000;
/** How often, in milliseconds, one says that it is still there. */
const heartbeatInterval = 2_000;

/** Brings a tenant's memories into another namespace while it is read and written. */
export class Migrator {
  readonly #registry: TenantRegistry;
  readonly #namespaces: TenantNamespaces;
  readonly #offboarding: Offboarding;
  readonly #contextFor: (tenant: Tenant, open: OpenNamespace, options: Signal) => OperationContext;
  readonly #running = new Set<string>();

  constructor(
    registry: TenantRegistry,
    namespaces: TenantNamespaces,
    offboarding: Offboarding,
    contextFor: (tenant: Tenant, open: OpenNamespace, options: Signal) => OperationContext,
  ) {
    this.#registry = registry;
    this.#namespaces = namespaces;
    this.#offboarding = offboarding;
    this.#contextFor = contextFor;
  }

  /** @throws OrganizationNotFoundError, OrganizationGoneError, OrganizationBusyError */
  async state(
    tenant: Tenant,
    options: Signal,
  ): Promise<TenantState & { readonly location: NamespaceLocation }> {
    const state = await this.#registry.state(tenant, options);
    const { location } = state;
    if (state.state === "gone") throw gone(tenant);
    if (state.state === "importing") throw busy(tenant, "being imported");
    if (location) return { ...state, location };
    throw new OrganizationNotFoundError(
      `There is no organization ${JSON.stringify(orgIdOf(tenant))}: it was never onboarded. Check the id; it is compared exactly.`,
      { orgId: orgIdOf(tenant) },
    );
  }

  /**
   * Copies, waits until nobody relies on the old namespace being the one, copies the rest, compares, switches and drops
   * the old one. After a crash, the same call goes on.
   */
  async migrate(tenant: Tenant, plan: MigrationPlan, options: Signal): Promise<MigrationResult> {
    const name = `${tenant.kind} ${tenant.orgId}`;
    if (this.#running.has(name)) throw busy(tenant, "being moved");
    this.#running.add(name);
    try {
      return await this.#migrate(tenant, plan, options);
    } finally {
      this.#running.delete(name);
    }
  }

  /** Lets writes go on after a switch, once nobody relies on what was before it. */
  async propagate(tenant: Tenant, { propagated, version }: TenantState, options: Signal): Promise<void> {
    if (propagated) return;
    await waitForLeases(options.signal);
    await this.#registry.record("settled", tenant, version, {}, options);
  }

  /** Drops the namespace that a migration left behind, and forgets that there was one. */
  async finish(
    kind: MigrationPlan["kind"],
    tenant: Tenant,
    state: TenantState & { readonly location: NamespaceLocation },
    actor: string | null,
    options: Signal,
  ): Promise<ErasureReceipt> {
    const { previous, location, version } = state;
    if (!previous) {
      throw new InvalidInputError("There is nothing to confirm: no earlier namespace is kept.", {
        path: "orgId",
      });
    }
    await this.propagate(tenant, state, options);
    if ((await this.#namespaces.count(tenant, location, options)) === null) {
      throw new StoreError(
        `The new namespace of organization ${JSON.stringify(orgIdOf(tenant))} is missing, so that the old one, ${this.#namespaces.key(tenant, previous.location)}, was left as it is.`,
        { store: this.#namespaces.store(location).name },
      );
    }
    const receipt = await this.#offboarding.purge(kind, tenant, previous.location, actor, options);
    // The key of a region that nothing lives in any more ends with it.
    if (previous.location.region !== location.region)
      await this.#namespaces.destroyKeysLeft(tenant, previous.location, location, options);
    await this.#registry.record("confirmed", tenant, version, {}, options);
    return receipt;
  }

  /** Ends a migration that is not through, and drops what it had written. */
  async cancel(tenant: Tenant, options: Signal): Promise<void> {
    const { migration, version } = await this.state(tenant, options);
    if (!migration) return;
    const { to, keepsPrevious, began } = migration;
    await this.#record(
      tenant,
      version,
      { to, keepsPrevious, phase: "cancelled", migrationId: newMigrationId(), began },
      options,
    );
    // Whoever was about to switch has done so by then, or sees that it is over.
    await waitForLeases(options.signal);
    const now = await this.state(tenant, options);
    const isInUse =
      now.location.generation === to.generation || now.previous?.location.generation === to.generation;
    if (!isInUse) await this.#namespaces.drop(tenant, to, options);
  }

  async #migrate(tenant: Tenant, plan: MigrationPlan, options: Signal): Promise<MigrationResult> {
    let state = await this.state(tenant, options);
    // A migration that was interrupted after the switch has only its old namespace to drop.
    if (state.previous && !state.previous.keepsPrevious) {
      const receipt = await this.finish(plan.kind, tenant, state, plan.actor, options);
      state = await this.state(tenant, options);
      if (sameLocation(state.location, plan.to)) {
        const { region, cell } = state.location;
        const memories = (await this.#namespaces.count(tenant, state.location, options)) ?? 0;
        return { region, cell, memories, copied: 0, paused: 0, receipt };
      }
    }
    const migrationId = newMigrationId();
    const { to, began } = await this.#begin(tenant, state, plan, migrationId, options);
    const announce = (phase: Migration["phase"]) =>
      this.#record(
        tenant,
        state.version,
        { phase, to, keepsPrevious: plan.keepsPrevious, migrationId, began },
        options,
      );
    try {
      const { memories, copied, paused } = await this.#copy(
        tenant,
        state,
        plan,
        { to, began },
        migrationId,
        announce,
        options,
      );
      // From here on, every process that looks finds the tenant at its new place.
      await this.#registry.record(
        "moved",
        tenant,
        state.version,
        {
          to,
          keepsPrevious: plan.keepsPrevious,
          left: { region: state.location.region, cell: state.location.cell },
        },
        options,
      );
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
      return {
        ...result,
        receipt: await this.finish(plan.kind, tenant, { ...now, propagated: true }, plan.actor, options),
      };
    } catch (error) {
      throw await this.#stop(
        tenant,
        state.version,
        { to, keepsPrevious: plan.keepsPrevious, migrationId, began },
        error,
      );
    }
  }

  /** Says what is going to be done, and where to, unless somebody else is at it. */
  async #begin(
    tenant: Tenant,
    state: TenantState & { readonly location: NamespaceLocation },
    plan: MigrationPlan,
    migrationId: string,
    options: Signal,
  ): Promise<{ readonly to: NamespaceLocation; readonly began: number }> {
    const { previous, migration, version } = state;
    if (previous && previous.location.generation !== plan.generation) {
      throw new OrganizationBusyError(
        `Organization ${JSON.stringify(orgIdOf(tenant))} was re-embedded, and its earlier vectors are kept: call confirmReembedding or revertReembedding first.`,
        { orgId: orgIdOf(tenant) },
      );
    }
    const isHeardOf = migration && migration.phase !== "stopped" && Date.now() - migration.at < silence;
    if (isHeardOf && !plan.takeOver) throw busy(tenant, "being moved");
    // What was begun goes on where it is meant for the same place, and is thrown away where it is not.
    const goesOn =
      migration &&
      sameLocation(migration.to, plan.to) &&
      migration.keepsPrevious === plan.keepsPrevious &&
      (await this.#isMeant(tenant, migration.to, plan.embedder, options));
    if (migration && !goesOn && migration.to.generation !== previous?.location.generation)
      await this.#namespaces.drop(tenant, migration.to, options);
    const generation = plan.generation ?? (goesOn ? migration.to.generation : newGeneration());
    const to = { region: plan.to.region, cell: plan.to.cell, generation };
    const began = goesOn ? migration.began : Date.now();
    await this.#record(
      tenant,
      version,
      { phase: "copying", to, keepsPrevious: plan.keepsPrevious, migrationId, began },
      options,
    );
    return { to, began };
  }

  /** Whether what was begun there is to have the same vectors. */
  async #isMeant(
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
    state: TenantState & { readonly location: NamespaceLocation },
    plan: MigrationPlan,
    { to, began }: { readonly to: NamespaceLocation; readonly began: number },
    migrationId: string,
    announce: (phase: Migration["phase"]) => Promise<void>,
    options: Signal,
  ): Promise<EqualCopy> {
    const source = await this.#namespaces.open(tenant, state.location, options);
    await this.#assertOwn(tenant, state, migrationId, options);
    const target = await this.#namespaces.create(tenant, to, plan.embedder, options, source.namespace);
    const from = this.#contextFor(tenant, source, options);
    const total = (await this.#namespaces.count(tenant, state.location, options)) ?? 0;
    let phase: "copying" | "switching" = "copying";
    // One after the other, so that no earlier word outlasts a later one.
    let recorded: Promise<unknown> = Promise.resolve();
    const heartbeat = () => {
      const recording = recorded.then(() => announce(phase));
      recorded = recording.catch(() => {});
      return recording;
    };
    const step = async (done: number) => {
      await this.#assertOwn(tenant, state, migrationId, options);
      plan.onProgress?.({ phase, done, total });
    };
    // A slow embedder is no reason to be taken for dead.
    const beat = setInterval(
      () =>
        void this.#assertOwn(tenant, state, migrationId, options)
          .then(heartbeat)
          .catch(() => {}),
      heartbeatInterval,
    );
    try {
      return await copyUntilEqual({ from, to: target, began, step }, () => {
        phase = "switching";
        return heartbeat();
      });
    } finally {
      clearInterval(beat);
      await recorded;
    }
  }

  /** @throws when the tenant is gone, and when another run has taken over */
  async #assertOwn(tenant: Tenant, from: TenantState, migrationId: string, options: Signal): Promise<void> {
    const { state, migration } = await this.#registry.state(tenant, options, from);
    if (state === "gone") throw gone(tenant);
    if (migration?.migrationId !== migrationId)
      throw busy(tenant, "being moved by another process, or was cancelled");
  }

  async #record(
    tenant: Tenant,
    version: number,
    recorded: Omit<Migration, "at">,
    options: Signal,
  ): Promise<void> {
    await this.#registry.record("moving", tenant, version, recorded, options);
  }

  /** Lets writes go on after a failure, as far as that can be said. @returns what is to be thrown */
  async #stop(
    tenant: Tenant,
    version: number,
    recorded: Omit<Migration, "at" | "phase">,
    error: unknown,
  ): Promise<unknown> {
    try {
      const { state, migration } = await this.#registry.state(tenant, {});
      if (state === "gone") {
        await this.#namespaces.drop(tenant, recorded.to, {});
        return gone(tenant);
      }
      if (migration?.migrationId === recorded.migrationId)
        await this.#record(tenant, version, { ...recorded, phase: "stopped" }, {});
    } catch {
      // The failure that led here says more than that nothing could be said of it.
    }
    return error;
  }
}

function newMigrationId(): string {
  return uuid(crypto.getRandomValues(new Uint8Array(16)));
}

/** From 2^32 on, so that it is no step; below 2^53. */
function newGeneration(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (1 + (high & 0xfffff)) * 2 ** 32 + low;
}
