import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { sleep } from "../util/sleep.ts";
import { hasLapsed, type Moment, moment, waitForLeases } from "./lease.ts";
import type { Location, NamespaceLocation } from "./location.ts";
import type { Regions } from "./regions.ts";
import type { SystemNamespace } from "./system-namespace.ts";
import { busy, gone } from "./tenant-errors.ts";
import type { OpenNamespace, TenantNamespaces } from "./tenant-namespaces.ts";
import type { TenantRegistry } from "./tenant-registry.ts";
import type { TenantState } from "./tenant-state.ts";

type Signal = { readonly signal?: AbortSignal };

/** The most namespace handles kept; an older one is opened again when needed. */
const maxOpen = 4096;
/** How long, in milliseconds, a write waits for a migration to let it go on. */
const longestWait = 30_000;

/** A tenant whose namespace is open, and when the directory was last asked about it, taken before it was asked. */
export interface TenantSession extends OpenNamespace {
  readonly state: TenantState;
  readonly checked: Moment;
  /** The namespace before the last re-embedding, kept to go back to: what is deleted goes there too. */
  readonly previousNamespace: VerifiedNamespace | undefined;
}

/** Where an import writes. */
export interface ImportTarget {
  readonly open: TenantSession;
  /** Whether the tenant begins with this import. */
  readonly isNew: boolean;
}

/** Knows where tenants live, lets them begin, and holds their namespaces open. */
export class TenantSessions {
  readonly #registry: TenantRegistry;
  readonly #regions: Regions;
  readonly #namespaces: TenantNamespaces;
  readonly #system: SystemNamespace;
  readonly #open = new Map<string, TenantSession>();

  constructor(
    registry: TenantRegistry,
    regions: Regions,
    namespaces: TenantNamespaces,
    namespace: SystemNamespace,
  ) {
    this.#registry = registry;
    this.#regions = regions;
    this.#namespaces = namespaces;
    this.#system = namespace;
  }

  /**
   * The tenant's namespace, undefined for a tenant that is unknown.
   * @throws OrganizationGoneError, OrganizationBusyError
   */
  async open(tenant: Tenant, options: Signal): Promise<TenantSession | undefined> {
    const known = this.#open.get(tenant.orgId);
    if (known && !hasLapsed(known.checked)) {
      // A Map keeps the order of insertion: what is used moves to its end, and the front is closed first.
      this.#open.delete(tenant.orgId);
      this.#open.set(tenant.orgId, known);
      return known;
    }
    return this.#refresh(tenant, known, options);
  }

  /**
   * The same for a write, which waits while the tenant's memories are being switched over to another namespace.
   * @throws OrganizationGoneError, OrganizationBusyError when that takes too long
   */
  async openToWrite(tenant: Tenant, options: Signal): Promise<TenantSession | undefined> {
    let open = await this.open(tenant, options);
    const start = Date.now();
    while (open && isFenced(open.state)) {
      if (!open.state.propagated) {
        // The one who moved it may have died since: what it would wait for is waited for here.
        await waitForLeases(options.signal);
        open = await this.#refresh(tenant, open, options);
        if (open && !open.state.propagated && !open.state.migration)
          return this.#cache(tenant, { ...open, state: { ...open.state, propagated: true } });
        continue;
      }
      if (Date.now() - start > longestWait) throw busy(tenant, "being moved");
      await sleep(50, options.signal);
      open = await this.#refresh(tenant, open, options);
    }
    return open;
  }

  /**
   * The same, created for a tenant that is unknown. Two calls at once create it once.
   * @throws OrganizationGoneError, and OrganizationNotFoundError where a region would have to be chosen
   */
  async openOrCreate(tenant: Tenant, options: Signal): Promise<TenantSession> {
    return (await this.openToWrite(tenant, options)) ?? this.onboard(tenant, undefined, options);
  }

  /**
   * Whether what was written to a tenant counts: it lives there still, and nobody had begun to switch it over when the
   * write was done. Otherwise it may or may not have been carried over, and is to be done again where the tenant is now.
   */
  async isCurrent(tenant: Tenant, open: TenantSession, options: Signal): Promise<boolean> {
    if (!hasLapsed(open.checked)) return true;
    const checked = moment();
    const state = await this.#read(tenant, open, options);
    if (state.state !== "active" || state.version !== open.state.version || isFenced(state)) {
      this.forget(tenant);
      return false;
    }
    if (this.#open.get(tenant.orgId)?.namespace === open.namespace)
      this.#cache(tenant, { ...open, state, checked });
    return true;
  }

  /** Forgets a handle whose namespace turned out to be gone. */
  forget(tenant: Tenant): void {
    this.#open.delete(tenant.orgId);
  }

  /**
   * Creates the namespace of a tenant that is unknown or gone; returns that of an active one.
   * @throws InvalidInputError for an active one that is pinned to another region
   */
  async onboard(tenant: Tenant, region: string | undefined, options: Signal): Promise<TenantSession> {
    const checked = moment();
    const before = await this.#registry.state(tenant, options);
    if (before.state === "importing") throw busy(tenant, "being imported");
    if (before.state === "active") {
      assertPinned(tenant, region, before.location as NamespaceLocation);
      return this.#openActive(tenant, before, checked, options);
    }
    return this.#begin(tenant, region, before.version + 1, options, async (location) => {
      // First the namespace, then the directory: what the directory lists has existed.
      const { embedder } = this.#regions.at(location).region;
      await this.#namespaces.create(tenant, location, embedder, options);
      await this.#registry.record(
        "onboarded",
        tenant,
        location.generation,
        { place: locationOf(location) },
        options,
      );
      const recorded = moment();
      const after = await this.#registry.state(tenant, options);
      if (after.state === "active" && after.onboarded === location.generation)
        return this.#openActive(tenant, after, recorded, options);
      // Another process offboarded the tenant while this one was creating it.
      await this.#namespaces.drop(tenant, location, options);
      throw gone(tenant);
    });
  }

  /**
   * The namespace to import a dump into: that of an active tenant, or one that nobody sees until `finishImport`. An
   * import of the same dump that was interrupted goes on, that of another one is thrown away.
   * @throws OrganizationGoneError; InvalidInputError for another region than it is pinned to
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
      const open = await this.openToWrite(tenant, options);
      if (!open) throw gone(tenant);
      return { open, isNew: false };
    }
    const import_ = async (location: NamespaceLocation): Promise<ImportTarget> => {
      const details = { place: locationOf(location), dump };
      await this.#registry.record("importing", tenant, location.generation, details, options);
      const { embedder } = this.#regions.at(location).region;
      const open = await this.#namespaces.create(tenant, location, embedder, options);
      const checked = moment();
      const state = await this.#registry.state(tenant, options);
      return { open: { ...open, state, checked, previousNamespace: undefined }, isNew: true };
    };
    if (before.state === "unknown") return this.#begin(tenant, region, before.version + 1, options, import_);
    const location = before.location as NamespaceLocation;
    assertPinned(tenant, region, location);
    if (before.dump !== dump) await this.#namespaces.drop(tenant, location, options);
    return import_(location);
  }

  /** Lets everybody see what was imported. */
  async finishImport(tenant: Tenant, { open }: ImportTarget, options: Signal): Promise<void> {
    const location = open.state.location as NamespaceLocation;
    await this.#registry.record(
      "onboarded",
      tenant,
      location.generation,
      { place: locationOf(location) },
      options,
    );
  }

  /** Chooses a place for a tenant that begins, agrees on it with whoever else is at it, and lets it begin there. */
  async #begin<T>(
    tenant: Tenant,
    region: string | undefined,
    step: number,
    options: Signal,
    begin: (location: NamespaceLocation) => Promise<T>,
  ): Promise<T> {
    const choice = await this.#regions.choose(tenant, region);
    if (this.#regions.isSingleLocation) return begin({ ...choice, generation: step });
    // An organization of any name and the only tenant are two.
    const claim = this.#system.register(`${tenant.kind}:${tenant.orgId}`, step);
    const place = JSON.parse(await claim.decide(JSON.stringify(choice), options)) as Location;
    assertPinned(tenant, region, place);
    // Another process may have been through with it before this one claimed: its word holds.
    const now = await this.#registry.state(tenant, options);
    const location = now.version >= step && now.location ? now.location : { ...place, generation: step };
    const isOver = now.version > step || (now.version === step && now.state === "gone");
    if (isOver || (region !== undefined && location.region !== region)) await claim.clear(options);
    assertPinned(tenant, region, location);
    if (isOver) throw busy(tenant, "being onboarded");
    const begun = await begin(location);
    await claim.clear(options);
    return begun;
  }

  /** What became of a tenant since. */
  async #read(tenant: Tenant, known: TenantSession | undefined, options: Signal): Promise<TenantState> {
    const state = await this.#registry.state(tenant, options, known?.state);
    // What this process has waited for itself need not be written anywhere.
    const hasWaited = known?.state.version === state.version && known.state.propagated;
    return hasWaited ? { ...state, propagated: true } : state;
  }

  /** Asks the directory where a tenant is. */
  async #refresh(
    tenant: Tenant,
    known: TenantSession | undefined,
    options: Signal,
  ): Promise<TenantSession | undefined> {
    const checked = moment();
    const state = await this.#read(tenant, known, options);
    if (known && state.state === "active" && state.version === known.state.version) {
      const isKept = state.previous?.keepsPrevious === true;
      if (isKept === (known.previousNamespace !== undefined))
        return this.#cache(tenant, { ...known, state, checked });
    }
    this.forget(tenant);
    if (state.state === "gone") throw gone(tenant);
    if (state.state === "importing") throw busy(tenant, "being imported");
    if (state.state === "active") return this.#openActive(tenant, state, checked, options);
    return undefined;
  }

  async #openActive(
    tenant: Tenant,
    state: TenantState,
    checked: Moment,
    options: Signal,
  ): Promise<TenantSession> {
    const location = state.location as NamespaceLocation;
    try {
      const open = await this.#namespaces.open(tenant, location, options);
      const previousNamespace = state.previous?.keepsPrevious
        ? (await this.#namespaces.open(tenant, state.previous.location, options)).namespace
        : undefined;
      return this.#cache(tenant, { ...open, state, checked, previousNamespace });
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      const again = moment();
      const now = await this.#registry.state(tenant, options);
      if (now.state === "gone") throw gone(tenant);
      // It moved on while this one was opening it.
      if (now.version !== state.version || (now.previous === undefined) !== (state.previous === undefined))
        return this.#openActive(tenant, now, again, options);
      const { name } = this.#namespaces.store(location);
      throw new StoreError(
        `The directory lists organization ${JSON.stringify(tenant.orgId)}, but its namespace ${error.namespace} is missing from the ${name} store. Restore it from a backup, or offboard the organization.`,
        { store: name },
        { cause: error },
      );
    }
  }

  #cache(tenant: Tenant, open: TenantSession): TenantSession {
    this.#open.delete(tenant.orgId);
    this.#open.set(tenant.orgId, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxOpen && oldest !== undefined) this.#open.delete(oldest);
    return open;
  }
}

/** Whether writes have to wait. */
function isFenced({ migration, propagated }: TenantState): boolean {
  return migration?.phase === "switching" || !propagated;
}

function locationOf({ region, cell }: NamespaceLocation): Location {
  return { region, cell };
}

function assertPinned(tenant: Tenant, region: string | undefined, place: Location): void {
  if (region === undefined || region === place.region) return;
  throw new InvalidInputError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is pinned to region "${place.region}": only move takes it to another.`,
    { path: "region" },
  );
}
