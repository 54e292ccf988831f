import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { moment } from "./lease.ts";
import type { Location, NamespaceLocation } from "./location.ts";
import type { Regions } from "./regions.ts";
import type { SystemNamespace } from "./system-namespace.ts";
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
  readonly #system: SystemNamespace;
  readonly #sessions: TenantSessions;

  constructor(
    registry: TenantRegistry,
    regions: Regions,
    namespaces: TenantNamespaces,
    system: SystemNamespace,
    sessions: TenantSessions,
  ) {
    this.#registry = registry;
    this.#regions = regions;
    this.#namespaces = namespaces;
    this.#system = system;
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
    return this.#begin(tenant, region, before.version + 1, options, async (location) => {
      // Creates the namespace first, so everything in the registry has existed.
      const { embedder } = this.#regions.at(location).region;
      await this.#namespaces.create(tenant, location, embedder, options);
      await this.#record("onboarded", tenant, location, options);
      const recorded = moment();
      const after = await this.#registry.state(tenant, options);
      if (after.state === "active" && after.onboarded === location.generation)
        return this.#sessions.openActive(tenant, after, recorded, options);
      // Another process offboarded the tenant meanwhile.
      await this.#namespaces.drop(tenant, location, options);
      throw gone(tenant);
    });
  }

  /**
   * The namespace to import a dump into: that of an active tenant, or a new one that stays invisible until
   * `finishImport`. Resumes an interrupted import of the same dump; drops what another dump left.
   * @throws OrganizationGoneError; InvalidInputError for another region than the tenant is pinned to
   */
  async beginImport(
    tenant: Tenant,
    dump: string,
    region: string | undefined,
    options: Signal,
  ): Promise<ImportTarget> {
    const before = await this.#registry.state(tenant, options);
    if (before.state === "gone") throw gone(tenant);
    if (before.state === "active") {
      assertPinned(tenant, region, before.location as NamespaceLocation);
      const session = await this.#sessions.openToWrite(tenant, options);
      if (!session) throw gone(tenant);
      return { session, isNew: false };
    }
    const begin = async (location: NamespaceLocation): Promise<ImportTarget> => {
      await this.#record("importing", tenant, location, options, dump);
      const { embedder } = this.#regions.at(location).region;
      const open = await this.#namespaces.create(tenant, location, embedder, options);
      const checked = moment();
      const state = await this.#registry.state(tenant, options);
      return { session: { ...open, state, checked, previousNamespace: undefined }, isNew: true };
    };
    if (before.state === "unknown") return this.#begin(tenant, region, before.version + 1, options, begin);
    const location = before.location as NamespaceLocation;
    assertPinned(tenant, region, location);
    if (before.dump !== dump) await this.#namespaces.drop(tenant, location, options);
    return begin(location);
  }

  /** Makes an imported tenant visible. */
  async finishImport(tenant: Tenant, { session }: ImportTarget, options: Signal): Promise<void> {
    await this.#record("onboarded", tenant, session.state.location as NamespaceLocation, options);
  }

  /** Chooses a location for a new tenant, agrees on it with other processes, and creates the tenant there. */
  async #begin<T>(
    tenant: Tenant,
    region: string | undefined,
    version: number,
    options: Signal,
    begin: (location: NamespaceLocation) => Promise<T>,
  ): Promise<T> {
    const choice = await this.#regions.choose(tenant, region);
    if (this.#regions.isSingleLocation) return begin({ ...choice, generation: version });
    // The kind is part of the name: no organization shares a register with the only tenant.
    const register = this.#system.register(`${tenant.kind}:${tenant.orgId}`, version);
    const decided = JSON.parse(await register.decide(JSON.stringify(choice), options)) as Location;
    assertPinned(tenant, region, decided);
    // Another process may have finished before this one asked the register. Then the registry decides.
    const now = await this.#registry.state(tenant, options);
    const location =
      now.version >= version && now.location ? now.location : { ...decided, generation: version };
    const isOver = now.version > version || (now.version === version && now.state === "gone");
    if (isOver || (region !== undefined && location.region !== region)) await register.clear(options);
    assertPinned(tenant, region, location);
    if (isOver) throw busy(tenant, "onboarding");
    const result = await begin(location);
    await register.clear(options);
    return result;
  }

  async #record(
    event: "onboarded" | "importing",
    tenant: Tenant,
    { region, cell, generation }: NamespaceLocation,
    options: Signal,
    dump?: string,
  ): Promise<void> {
    const details = { place: { region, cell }, ...(dump === undefined ? {} : { dump }) };
    await this.#registry.record(event, tenant, generation, details, options);
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
