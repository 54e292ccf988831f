import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { OrganizationBusyError } from "../errors/organization-busy-error.ts";
import { OrganizationGoneError } from "../errors/organization-gone-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { sleep } from "../util/sleep.ts";
import { everyLease, hasLapsed, type Moment, moment } from "./lease.ts";
import type { Location, NamespaceLocation } from "./location.ts";
import type { Regions } from "./regions.ts";
import type { SystemNamespace } from "./system-namespace.ts";
import type { OpenNamespace, TenantNamespaces } from "./tenant-namespaces.ts";
import type { TenantRegistry, TenantState } from "./tenant-registry.ts";

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
  readonly kept: VerifiedNamespace | undefined;
}

/** Where an import writes. */
export interface ImportTarget {
  readonly open: TenantSession;
  /** Whether the tenant begins with this import. */
  readonly isNew: boolean;
}

/** Knows where tenants live, lets them begin, and holds their namespaces open. */
export class TenantSessions {
  readonly #directory: TenantRegistry;
  readonly #regions: Regions;
  readonly #homes: TenantNamespaces;
  readonly #namespace: SystemNamespace;
  readonly #open = new Map<string, TenantSession>();

  constructor(
    directory: TenantRegistry,
    regions: Regions,
    homes: TenantNamespaces,
    namespace: SystemNamespace,
  ) {
    this.#directory = directory;
    this.#regions = regions;
    this.#homes = homes;
    this.#namespace = namespace;
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
    return this.#look(tenant, known, options);
  }

  /**
   * The same for a write, which waits while the tenant's memories are being switched over to another namespace.
   * @throws OrganizationGoneError, OrganizationBusyError when that takes too long
   */
  async openToWrite(tenant: Tenant, options: Signal): Promise<TenantSession | undefined> {
    let open = await this.open(tenant, options);
    const start = Date.now();
    while (open && isFenced(open.state)) {
      if (!open.state.settled) {
        // The one who moved it may have died since: what it would wait for is waited for here.
        await everyLease(options.signal);
        open = await this.#look(tenant, open, options);
        if (open && !open.state.settled && !open.state.migration)
          return this.#keep(tenant, { ...open, state: { ...open.state, settled: true } });
        continue;
      }
      if (Date.now() - start > longestWait) throw busy(tenant, "being moved");
      await sleep(50, options.signal);
      open = await this.#look(tenant, open, options);
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
    if (state.state !== "active" || state.step !== open.state.step || isFenced(state)) {
      this.forget(tenant);
      return false;
    }
    if (this.#open.get(tenant.orgId)?.namespace === open.namespace)
      this.#keep(tenant, { ...open, state, checked });
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
    const before = await this.#directory.state(tenant, options);
    if (before.state === "importing") throw busy(tenant, "being imported");
    if (before.state === "active") {
      assertPinned(tenant, region, before.home as NamespaceLocation);
      return this.#openActive(tenant, before, checked, options);
    }
    return this.#begin(tenant, region, before.step + 1, options, async (home) => {
      // First the namespace, then the directory: what the directory lists has existed.
      const { embedder } = this.#regions.at(home).stack;
      await this.#homes.create(tenant, home, embedder, options);
      await this.#directory.record("onboarded", tenant, home.generation, { place: placeOf(home) }, options);
      const recorded = moment();
      const after = await this.#directory.state(tenant, options);
      if (after.state === "active" && after.onboarded === home.generation)
        return this.#openActive(tenant, after, recorded, options);
      // Another process offboarded the tenant while this one was creating it.
      await this.#homes.drop(tenant, home, options);
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
    const before = await this.#directory.state(tenant, options);
    if (before.state === "gone") throw gone(tenant);
    if (before.state === "active") {
      assertPinned(tenant, region, before.home as NamespaceLocation);
      const open = await this.openToWrite(tenant, options);
      if (!open) throw gone(tenant);
      return { open, isNew: false };
    }
    const import_ = async (home: NamespaceLocation): Promise<ImportTarget> => {
      const details = { place: placeOf(home), dump };
      await this.#directory.record("importing", tenant, home.generation, details, options);
      const { embedder } = this.#regions.at(home).stack;
      const open = await this.#homes.create(tenant, home, embedder, options);
      const checked = moment();
      const state = await this.#directory.state(tenant, options);
      return { open: { ...open, state, checked, kept: undefined }, isNew: true };
    };
    if (before.state === "unknown") return this.#begin(tenant, region, before.step + 1, options, import_);
    const home = before.home as NamespaceLocation;
    assertPinned(tenant, region, home);
    if (before.dump !== dump) await this.#homes.drop(tenant, home, options);
    return import_(home);
  }

  /** Lets everybody see what was imported. */
  async finishImport(tenant: Tenant, { open }: ImportTarget, options: Signal): Promise<void> {
    const home = open.state.home as NamespaceLocation;
    await this.#directory.record("onboarded", tenant, home.generation, { place: placeOf(home) }, options);
  }

  /** Chooses a place for a tenant that begins, agrees on it with whoever else is at it, and lets it begin there. */
  async #begin<T>(
    tenant: Tenant,
    region: string | undefined,
    step: number,
    options: Signal,
    begin: (home: NamespaceLocation) => Promise<T>,
  ): Promise<T> {
    const choice = await this.#regions.choose(tenant, region, options);
    if (this.#regions.isSingleLocation) return begin({ ...choice, generation: step });
    // An organization of any name and the only tenant are two.
    const claim = this.#namespace.claim(`${tenant.kind}:${tenant.orgId}`, step);
    const place = JSON.parse(await claim.settle(JSON.stringify(choice), options)) as Location;
    assertPinned(tenant, region, place);
    // Another process may have been through with it before this one claimed: its word holds.
    const now = await this.#directory.state(tenant, options);
    const home = now.step >= step && now.home ? now.home : { ...place, generation: step };
    const isOver = now.step > step || (now.step === step && now.state === "gone");
    if (isOver || (region !== undefined && home.region !== region)) await claim.release(options);
    assertPinned(tenant, region, home);
    if (isOver) throw busy(tenant, "being onboarded");
    const begun = await begin(home);
    await claim.release(options);
    return begun;
  }

  /** What became of a tenant since. */
  async #read(tenant: Tenant, known: TenantSession | undefined, options: Signal): Promise<TenantState> {
    const state = await this.#directory.state(tenant, options, known?.state);
    // What this process has waited for itself need not be written anywhere.
    const hasWaited = known?.state.step === state.step && known.state.settled;
    return hasWaited ? { ...state, settled: true } : state;
  }

  /** Asks the directory where a tenant is. */
  async #look(
    tenant: Tenant,
    known: TenantSession | undefined,
    options: Signal,
  ): Promise<TenantSession | undefined> {
    const checked = moment();
    const state = await this.#read(tenant, known, options);
    if (known && state.state === "active" && state.step === known.state.step) {
      const isKept = state.before?.keeps === true;
      if (isKept === (known.kept !== undefined)) return this.#keep(tenant, { ...known, state, checked });
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
    const home = state.home as NamespaceLocation;
    try {
      const open = await this.#homes.open(tenant, home, options);
      const kept = state.before?.keeps
        ? (await this.#homes.open(tenant, state.before.home, options)).namespace
        : undefined;
      return this.#keep(tenant, { ...open, state, checked, kept });
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      const again = moment();
      const now = await this.#directory.state(tenant, options);
      if (now.state === "gone") throw gone(tenant);
      // It moved on while this one was opening it.
      if (now.step !== state.step || (now.before === undefined) !== (state.before === undefined))
        return this.#openActive(tenant, now, again, options);
      const { name } = this.#homes.store(home);
      throw new StoreError(
        `The directory lists organization ${JSON.stringify(tenant.orgId)}, but its namespace ${error.namespace} is missing from the ${name} store. Restore it from a backup, or offboard the organization.`,
        { store: name },
        { cause: error },
      );
    }
  }

  #keep(tenant: Tenant, open: TenantSession): TenantSession {
    this.#open.delete(tenant.orgId);
    this.#open.set(tenant.orgId, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxOpen && oldest !== undefined) this.#open.delete(oldest);
    return open;
  }
}

/** Whether writes have to wait. */
function isFenced({ migration, settled }: TenantState): boolean {
  return migration?.phase === "switching" || !settled;
}

function placeOf({ region, cell }: NamespaceLocation): Location {
  return { region, cell };
}

function assertPinned(tenant: Tenant, region: string | undefined, place: Location): void {
  if (region === undefined || region === place.region) return;
  throw new InvalidInputError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is pinned to region "${place.region}": only move takes it to another.`,
    { path: "region" },
  );
}

/** The error for a tenant that something is going on with. */
export function busy(tenant: Tenant, what: string): OrganizationBusyError {
  return new OrganizationBusyError(
    `Organization ${JSON.stringify(orgIdOf(tenant))} is ${what}. Wait until that is complete; if it was interrupted, call the same again, or end it with ${what === "being moved" ? "cancelMigration" : "offboard"}.`,
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
    `${who} was offboarded: nothing is written to it or read from it. To begin anew, empty, call onboard.`,
    { orgId: orgIdOf(tenant) },
  );
}
