import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { moment } from "./lease.ts";
import { type Location, type NamespaceLocation, newGeneration, sameNamespace } from "./location.ts";
import type { Regions } from "./regions.ts";
import { busy, gone } from "./tenant-errors.ts";
import type { TenantNamespaces } from "./tenant-namespaces.ts";
import type { TenantRegistry } from "./tenant-registry.ts";
import type { TenantSession, TenantSessions } from "./tenant-sessions.ts";

type Signal = { readonly signal?: AbortSignal };

/** Creates the namespaces of new tenants: for their first write, by `onboard`, or for an import. */
export class Onboarding {
  readonly #registry: TenantRegistry;
  readonly #regions: Regions;
  readonly #namespaces: TenantNamespaces;
  readonly #sessions: TenantSessions;

  constructor(
    registry: TenantRegistry,
    regions: Regions,
    namespaces: TenantNamespaces,
    sessions: TenantSessions,
  ) {
    this.#registry = registry;
    this.#regions = regions;
    this.#namespaces = namespaces;
    this.#sessions = sessions;
  }

  /**
   * Creates the namespace of a tenant that is unknown or gone. Returns the session of an active one. Two calls at once
   * create it once.
   * @throws InvalidInputError for an active one that is pinned to another region; OrganizationGoneError;
   * OrganizationNotFoundError where a region must be named
   */
  async onboard(tenant: Tenant, region: string | undefined, options: Signal): Promise<TenantSession> {
    const checked = moment();
    const before = await this.#registry.state(tenant, options);
    if (before.state === "importing") throw busy(tenant, "importing");
    if (before.state === "active") {
      assertPinned(tenant, region, before.location as NamespaceLocation);
      return this.#sessions.openActive(tenant, before, checked, options);
    }
    const version = before.version + 1;
    // What an earlier life has left, and an offboarding that was interrupted.
    if (before.state === "gone")
      for (const listed of await this.#namespaces.list(tenant, options))
        if (listed.life < version && listed.removedAt === undefined)
          await this.#namespaces.discard(tenant, listed.location, [], options);
    return this.#begin(tenant, region, version, options, async (place) => {
      // Creates the namespace first, so everything in the registry has existed.
      const { embedder } = this.#regions.at(place).region;
      const { location } = await this.#namespaces.create(tenant, place, version, embedder, options);
      return (await this.#decide(tenant, version, location, options)).session;
    });
  }

  /**
   * The namespace to import a dump into: that of an active tenant, or a new one of this import alone, which stays invisible until
   * `finishImport`. So of two imports none writes into, or drops, what the other has.
   * @throws OrganizationGoneError; InvalidInputError for another region than the tenant is pinned to
   */
  async beginImport(tenant: Tenant, region: string | undefined, options: Signal): Promise<ImportTarget> {
    const before = await this.#registry.state(tenant, options);
    if (before.state === "gone") throw gone(tenant);
    if (before.state === "active") {
      assertPinned(tenant, region, before.location as NamespaceLocation);
      const session = await this.#sessions.openToWrite(tenant, options);
      if (!session) throw gone(tenant);
      return { session, isNew: false };
    }
    const begin = async (place: NamespaceLocation, version: number): Promise<ImportTarget> => {
      await this.#registry.record("importing", tenant, version, { place }, options);
      const { embedder } = this.#regions.at(place).region;
      const own = { region: place.region, cell: place.cell, generation: newGeneration() };
      const open = await this.#namespaces.create(tenant, own, version, embedder, options);
      const checked = moment();
      const state = await this.#registry.state(tenant, options);
      return { session: { ...open, state, checked, previousNamespace: undefined }, isNew: true };
    };
    if (before.state === "unknown") {
      const version = before.version + 1;
      return this.#begin(tenant, region, version, options, (place) => begin(place, version));
    }
    const location = before.location as NamespaceLocation;
    assertPinned(tenant, region, location);
    return begin(location, before.version);
  }

  /**
   * Makes an imported tenant visible, where no other import, and no onboarding, was faster.
   * @throws OrganizationBusyError; OrganizationGoneError
   */
  async finishImport(tenant: Tenant, { session }: ImportTarget, options: Signal): Promise<void> {
    const { state, location } = session;
    const decided = await this.#decide(tenant, state.version, location, options);
    if (!decided.isOwn) throw busy(tenant, "imported");
  }

  /**
   * Records where a tenant lives, unless that is decided already. Drops its own namespace where it is not the one.
   * @returns the session of the namespace that was decided on
   */
  async #decide(
    tenant: Tenant,
    version: number,
    location: NamespaceLocation,
    options: Signal,
  ): Promise<{ readonly session: TenantSession; readonly isOwn: boolean }> {
    await this.#registry.record("onboarded", tenant, version, { place: location }, options);
    const recorded = moment();
    const after = await this.#registry.state(tenant, options);
    const isActive = after.state === "active" && after.onboarded === version && after.location !== undefined;
    const isOwn = isActive && (after.version > version || sameNamespace(after.location, location));
    // Another import was faster, or another process has offboarded the tenant.
    const used = isActive && after.location ? [after.location] : [];
    if (!isOwn) await this.#namespaces.discard(tenant, location, used, options);
    if (!isActive) throw gone(tenant);
    return { session: await this.#sessions.openActive(tenant, after, recorded, options), isOwn };
  }

  /** Chooses a location for a new tenant, agrees on it with other processes, and creates the tenant there. */
  async #begin<T>(
    tenant: Tenant,
    region: string | undefined,
    version: number,
    options: Signal,
    begin: (location: NamespaceLocation) => Promise<T>,
  ): Promise<T> {
    const choice = await this.#regions.choose(tenant, region, options);
    if (this.#regions.isSingleLocation) return begin({ ...choice, generation: version });
    const { region: first, cell } = await this.#registry.agree(tenant, version, choice, options);
    // Another process may have finished before this one asked. Then that decides.
    const now = await this.#registry.state(tenant, options);
    const location =
      now.version >= version && now.location ? now.location : { region: first, cell, generation: version };
    const isOver = now.version > version || (now.version === version && now.state === "gone");
    // Whoever was first may have died: the next call chooses again.
    if (region !== undefined && location.region !== region)
      await this.#registry.disagree(tenant, version, options);
    assertPinned(tenant, region, location);
    if (isOver) throw busy(tenant, "onboarding");
    return begin(location);
  }
}

/** Where an import writes. */
export interface ImportTarget {
  readonly session: TenantSession;
  /** Whether this import creates the tenant. */
  readonly isNew: boolean;
}

function assertPinned(tenant: Tenant, region: string | undefined, location: Location): void {
  if (region === undefined || region === location.region) return;
  throw new InvalidInputError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is pinned to region "${location.region}": only move takes it to another.`,
    { path: "region" },
  );
}
