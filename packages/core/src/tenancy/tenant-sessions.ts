import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { Residue } from "../store/vector-store.ts";
import { sleep } from "../util/sleep.ts";
import type { Timings } from "../util/timings.ts";
import { Lease, type Moment, moment } from "./lease.ts";
import type { NamespaceLocation } from "./location.ts";
import type { MigrationState } from "./migration-state.ts";
import { busy, gone } from "./tenant-errors.ts";
import type { OpenNamespace, TenantNamespaces } from "./tenant-namespaces.ts";
import type { TenantRegistry } from "./tenant-registry.ts";
import type { TenantState } from "./tenant-state.ts";

type Signal = { readonly signal?: AbortSignal };

/** The most namespace handles kept; an older one is opened again when needed. */
const maxOpen = 4096;

/** A cache of open tenants, bound to leases: for the time of a lease, a process relies on what it read in the registry. */
export class TenantSessions {
  readonly #registry: TenantRegistry;
  readonly #namespaces: TenantNamespaces;
  readonly #lease: Lease;
  readonly #maxFence: number;
  readonly #maxSilence: number;
  readonly #open = new Map<string, TenantSession>();

  constructor(registry: TenantRegistry, namespaces: TenantNamespaces, timings: Timings) {
    this.#registry = registry;
    this.#namespaces = namespaces;
    this.#lease = new Lease(timings);
    this.#maxFence = timings.maxFence;
    this.#maxSilence = timings.maxSilence;
  }

  /**
   * The tenant's session, undefined for an unknown tenant.
   * @throws OrganizationGoneError, OrganizationBusyError
   */
  async open(tenant: Tenant, options: Signal): Promise<TenantSession | undefined> {
    const known = this.#open.get(tenant.orgId);
    if (known && !this.#lease.hasLapsed(known.checked)) {
      // A Map keeps the order of insertion: the least recently used session is first.
      this.#open.delete(tenant.orgId);
      this.#open.set(tenant.orgId, known);
      return known;
    }
    return this.#refresh(tenant, known, options);
  }

  /**
   * The same for a write. It waits while a migration switches the tenant to another namespace.
   * @throws OrganizationGoneError, OrganizationBusyError when that takes too long
   */
  async openToWrite(tenant: Tenant, options: Signal): Promise<TenantSession | undefined> {
    let open = await this.open(tenant, options);
    const start = Date.now();
    let heard = { at: open?.state.migration?.at, since: performance.now() };
    while (open && isFenced(open.state)) {
      if (!open.state.propagated) {
        // The migrating process may have crashed before all leases expired. Wait for them here.
        const { version } = open.state;
        await this.#lease.waitForAll(options.signal);
        open = await this.#refresh(tenant, open, options);
        // Whatever has begun since, such as a revert, every process has noticed the migration before it.
        if (open?.state.version === version)
          open = this.#cache(tenant, { ...open, state: { ...open.state, propagated: true } });
        continue;
      }
      // The clock of who migrates may be another: what counts is that nothing is heard.
      const { at } = open.state.migration ?? {};
      if (at !== heard.at) heard = { at, since: performance.now() };
      await this.#endSilent(tenant, open.state, performance.now() - heard.since, options);
      if (Date.now() - start > this.#maxFence) throw busy(tenant, "migrating");
      await sleep(50, options.signal);
      open = await this.#refresh(tenant, open, options);
    }
    return open;
  }

  /**
   * Drops what a migration that broke off, or an import, has left: it may hold copies of what is deleted. One that runs compares its
   * copy before it switches.
   * @returns what the backends hold of it, and the copy of a migration that runs
   */
  async dropLeft(tenant: Tenant, session: TenantSession, options: Signal): Promise<readonly Residue[]> {
    let running: MigrationState | undefined;
    const readState = async () => {
      const state = await this.#read(tenant, session, options);
      running = state.migration;
      if (!running || (running.phase !== "stopped" && !this.#isSilent(running))) return state;
      await this.#end(tenant, state.version, running, "cancelled", options);
      const ended = await this.#read(tenant, session, options);
      running = ended.migration;
      return ended;
    };
    const residue = await this.#namespaces.dropUnused(tenant, readState, options);
    return running ? [...residue, copyUnderWay] : residue;
  }

  /** Ends a migration whose process has died while it switched the tenant: otherwise every write would wait for somebody to do so. */
  async #endSilent(
    tenant: Tenant,
    { migration, version }: TenantState,
    silence: number,
    options: Signal,
  ): Promise<void> {
    if (migration?.phase !== "switching") return;
    if (silence >= this.#maxSilence || this.#isSilent(migration))
      await this.#end(tenant, version, migration, "stopped", options);
  }

  #isSilent({ at }: MigrationState): boolean {
    return Date.now() - at >= this.#maxSilence;
  }

  /** Takes a migration over to end it, unless it goes on meanwhile. */
  async #end(
    tenant: Tenant,
    version: number,
    { migrationId, at: _, ...others }: MigrationState,
    phase: "stopped" | "cancelled",
    options: Signal,
  ): Promise<void> {
    const ended = { ...others, phase, migrationId: crypto.randomUUID() };
    await this.#registry.advance(tenant, version, ended, (current) => current?.run === migrationId, options);
  }

  /**
   * The session of a write as it is now. Undefined where a migration has begun to switch the tenant since: it may have missed what was
   * written, which has to be repeated. One in which writes have to wait is never renewed.
   */
  async renew(tenant: Tenant, open: TenantSession, options: Signal): Promise<TenantSession | undefined> {
    if (this.holds(open)) return open;
    const checked = moment();
    const state = await this.#read(tenant, open, options);
    if (state.state !== "active" || state.version !== open.state.version || isFenced(state)) {
      this.forget(tenant);
      return undefined;
    }
    // A re-embedding may have been confirmed.
    const previousNamespace = state.previous?.keepsPrevious ? open.previousNamespace : undefined;
    const renewed = { ...open, state, checked, previousNamespace };
    if (this.#open.get(tenant.orgId)?.namespace === open.namespace) this.#cache(tenant, renewed);
    return renewed;
  }

  /** Whether this process may still rely on what a session knows. */
  holds({ checked }: TenantSession): boolean {
    return !this.#lease.hasLapsed(checked);
  }

  /** Forgets a session, so that the next call reads the registry. */
  forget(tenant: Tenant): void {
    this.#open.delete(tenant.orgId);
  }

  /** Reads what happened to a tenant since its session was opened. */
  async #read(tenant: Tenant, known: TenantSession | undefined, options: Signal): Promise<TenantState> {
    const state = await this.#registry.state(tenant, options, known?.state);
    // This process has waited for the leases itself, and need not record that.
    const hasWaited = known?.state.version === state.version && known.state.propagated;
    return hasWaited ? { ...state, propagated: true } : state;
  }

  /** Reads the registry, and opens the tenant where it is now. */
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
    if (state.state === "importing") throw busy(tenant, "importing");
    if (state.state === "active") return this.openActive(tenant, state, checked, options);
    return undefined;
  }

  /** Opens an active tenant at the location that the registry gave. */
  async openActive(
    tenant: Tenant,
    state: TenantState,
    checked: Moment,
    options: Signal,
  ): Promise<TenantSession> {
    const location = state.location as NamespaceLocation;
    try {
      const open = await this.#namespaces.open(tenant, location, options);
      const previousNamespace = state.previous?.keepsPrevious
        ? await this.#openPrevious(tenant, state.previous.location, options)
        : undefined;
      return this.#cache(tenant, { ...open, state, checked, previousNamespace });
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      const again = moment();
      const now = await this.#registry.state(tenant, options);
      if (now.state === "gone") throw gone(tenant);
      // A migration moved it meanwhile.
      if (now.version !== state.version || (now.previous === undefined) !== (state.previous === undefined))
        return this.openActive(tenant, now, again, options);
      const { name } = this.#namespaces.store(location);
      throw new StoreError(
        `The registry lists organization ${JSON.stringify(tenant.orgId)}, but its namespace ${error.namespace} is missing from the ${name} store. Restore it from a backup, or offboard the organization.`,
        { store: name },
        { cause: error },
      );
    }
  }

  /** The namespace before a re-embedding. Undefined where a confirmation has dropped it, and ended before it could record that. */
  async #openPrevious(
    tenant: Tenant,
    location: NamespaceLocation,
    options: Signal,
  ): Promise<VerifiedNamespace | undefined> {
    try {
      return (await this.#namespaces.open(tenant, location, options)).namespace;
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
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

/** What a deletion says of a migration that has begun before it ended. */
const copyUnderWay: Residue = {
  where: "the unfinished copy of a migration",
  clearedBy:
    "the migration itself; where it breaks off: the next deletion or migration, or cancelMigration()",
};

/** A tenant whose namespace is open. */
export interface TenantSession extends OpenNamespace {
  readonly state: TenantState;
  /** The moment before the registry was last read. */
  readonly checked: Moment;
  /** The namespace before the last re-embedding, kept for a revert. Deletions apply to it too. */
  readonly previousNamespace: VerifiedNamespace | undefined;
}

/** Whether writes have to wait. */
function isFenced({ migration, propagated }: TenantState): boolean {
  return migration?.phase === "switching" || !propagated;
}
