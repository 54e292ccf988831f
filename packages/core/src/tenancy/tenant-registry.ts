import { noExpiry } from "../filter/filter.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { type Location, locationName, type NamespaceLocation } from "./location.ts";
import type { MigrationState } from "./migration-state.ts";
import {
  type EventName,
  eventId,
  eventLocation,
  eventNames,
  parseEvent,
  type RegistryEvent,
} from "./registry-event.ts";
import { type SystemNamespace, systemScopeFilter, systemScopeKey } from "./system-namespace.ts";
import { type Arrival, type TenantState, tenantState, unknownTenant } from "./tenant-state.ts";

type Signal = { readonly signal?: AbortSignal };

/**
 * The list of a deployment's tenants, in a namespace of its own. It only grows: what happens to a tenant is recorded as
 * events of each version, and later events outweigh earlier ones. So two processes never overwrite each other, a retry
 * records the same event again, and nothing offboarded comes back by accident. Only `moving` is replaced, by whoever it belongs to.
 */
export class TenantRegistry {
  readonly #system: SystemNamespace;

  constructor(system: SystemNamespace) {
    this.#system = system;
  }

  /** @param known the state at an earlier time: only later events are read */
  async state(tenant: Tenant, options: Signal, known: TenantState = unknownTenant): Promise<TenantState> {
    const namespace = await this.#system.find(options);
    let state = unknownTenant;
    let arrival: Arrival | undefined = known.location && {
      location: known.location,
      onboarded: known.onboarded,
      ...(known.previous ? { previous: known.previous } : {}),
    };
    for (let version = Math.max(known.version, 1); namespace; version += 1) {
      const found = await readEvents(namespace, tenant, version, options);
      const begun = found.get("onboarded") ?? found.get("importing");
      arrival ??= begun && {
        location: eventLocation(begun),
        onboarded: version,
      };
      if (!arrival) break;
      state = tenantState(version, arrival, found);
      const moving = found.get("moving");
      const moved = found.get("moved") ?? (moving?.phase === "switched" ? moving : undefined);
      if (state.state === "gone") arrival = undefined;
      else if (!moved?.to) break;
      else {
        const previous = { location: arrival.location, keepsPrevious: moved.keeps === true };
        arrival = { location: moved.to, onboarded: arrival.onboarded, previous };
      }
    }
    return state;
  }

  /**
   * Records an event of a tenant at one version. One that is `decisive` is recorded once, by whoever is first.
   * @returns whether the event that stands is this one
   */
  async record(
    event: EventName,
    tenant: Tenant,
    version: number,
    details: EventDetails,
    options: Signal,
  ): Promise<boolean> {
    const namespace = await this.#system.openOrCreate(options);
    const expected = decisive.has(event) ? { expected: "absent" as const } : {};
    const record = { ...toRecord(namespace, event, tenant, version, details), ...expected };
    const conflicts = await namespace.upsert({ records: [record], ...options });
    if (conflicts.length === 0) return true;
    const [first] = await namespace.get({ ids: [record.id], scope: systemScopeFilter, ...options });
    return first?.payload === record.payload;
  }

  /**
   * Records a step of a migration, where that is still the one which `isReplaceable` lets through. So of a run, one that takes over
   * and one who cancels it, each at its own time and in whatever process, one decides. A switch stands.
   * @returns whether it was recorded
   */
  async advance(
    tenant: Tenant,
    version: number,
    details: EventDetails & { readonly migrationId: string },
    isReplaceable: (current: RegistryEvent | undefined) => boolean,
    options: Signal,
  ): Promise<boolean> {
    const namespace = await this.#system.openOrCreate(options);
    const ids = [eventId("moving", tenant, version)];
    for (;;) {
      const [stored] = await namespace.get({ ids, scope: systemScopeFilter, ...options });
      const current = stored && parseEvent(stored);
      // A request whose answer was lost is repeated, and finds what it has written.
      if (current?.run !== details.migrationId && !isReplaceable(current)) return false;
      // Others may have followed a switch. A request of the same run that arrives late decides it too.
      if (current?.phase === "switched")
        return details.phase === "switched" && current.run === details.migrationId;
      const expected = stored ? { version: stored.version } : "absent";
      const record = { ...toRecord(namespace, "moving", tenant, version, details), expected } as const;
      const conflicts = await namespace.upsert({ records: [record], ...options });
      if (conflicts.length === 0) return true;
    }
  }

  /**
   * Agrees with other processes on where a tenant begins.
   * @returns what the first of them has chosen
   */
  async agree(tenant: Tenant, version: number, place: Location, options: Signal): Promise<Location> {
    await this.record("placed", tenant, version, { place }, options);
    const namespace = await this.#system.openOrCreate(options);
    const ids = [eventId("placed", tenant, version)];
    const [first] = await namespace.get({ ids, scope: systemScopeFilter, ...options });
    return first ? eventLocation(parseEvent(first)) : place;
  }

  /** Forgets what was agreed on, so that a beginning that has failed can choose again. */
  async disagree(tenant: Tenant, version: number, options: Signal): Promise<void> {
    const namespace = await this.#system.find(options);
    const ids = [eventId("placed", tenant, version)];
    await namespace?.delete({ ids, scope: systemScopeFilter, ...options });
  }

  /** How many organizations live in a cell. Those that are being imported do not count. */
  async population(location: Location, options: Signal): Promise<number> {
    const namespace = await this.#system.find(options);
    if (!namespace) return 0;
    const name = locationName(location);
    const count = (field: "place" | "left", names: readonly EventName[]) =>
      namespace.count({
        scope: systemScopeFilter,
        filter: {
          type: "and",
          filters: [
            { type: "in", field: "event", values: names, negated: false },
            { type: "in", field, values: [name], negated: false },
          ],
        },
        ...options,
      });
    const [came, left] = await Promise.all([
      count("place", ["onboarded", "moved"]),
      count("left", ["moved", "gone"]),
    ]);
    return came - left;
  }

  /** Organizations as they are now, the last onboarded first. */
  async list(
    limit: number,
    cursor: string | undefined,
    options: Signal,
  ): Promise<{ entries: OrganizationEntry[]; cursor?: string }> {
    const namespace = await this.#system.find(options);
    if (!namespace) return { entries: [] };
    const page = await namespace.list({
      scope: systemScopeFilter,
      filter: { type: "in", field: "event", values: ["onboarded"], negated: false },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...options,
    });
    const onboarded = page.records.map(parseEvent).filter(({ kind }) => kind === "organization");
    const laterNames = ["gone", "moved", "moving"] as const;
    const later = onboarded.flatMap((event) =>
      laterNames.map((name) => eventId(name, event, event.generation)),
    );
    const present = new Set(
      (await namespace.get({ ids: later, scope: systemScopeFilter, ...options })).map(({ id }) => id),
    );
    const entries: OrganizationEntry[] = [];
    for (const event of onboarded) {
      const { orgId, generation, at } = event;
      // An organization without later events is where it was onboarded. The others are followed.
      const isUntouched = laterNames.every((name) => !present.has(eventId(name, event, generation)));
      const now = isUntouched ? undefined : await this.state(event, options);
      if (now && now.onboarded !== generation) continue;
      const { region, cell } = now?.location ?? eventLocation(event);
      entries.push({
        orgId,
        state: now?.state === "gone" ? "gone" : "active",
        version: now?.version ?? generation,
        onboardedAt: new Date(at),
        region,
        cell,
      });
    }
    return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }
}

/** What an event says about its tenant. */
export interface EventDetails {
  /** Of `placed`, `importing` and `onboarded`: the location. */
  readonly place?: Location & Partial<NamespaceLocation>;
  /** Of `moving` and `moved`: the target. */
  readonly to?: NamespaceLocation;
  readonly keepsPrevious?: boolean;
  readonly migrationId?: string;
  readonly phase?: MigrationState["phase"];
  readonly began?: number;
  /** Of `gone` and `moved`: the location that the tenant leaves. */
  readonly left?: Location;
}

/**
 * An organization of the deployment, as `organizations` lists it.
 * @example
 * ```ts
 * const { organizations } = await memory.organizations();
 * const active = organizations.filter(({ state }: OrganizationEntry) => state === "active");
 * ```
 */
export interface OrganizationEntry {
  readonly orgId: string;
  readonly state: "active" | "gone";
  /** Counts its onboardings and its migrations, from 1. */
  readonly version: number;
  /** When it was last onboarded. */
  readonly onboardedAt: Date;
  /** The region that it is pinned to; "default" where there is only one. */
  readonly region: string;
  /** The cell of the region that it lives in; "default" where there is only one. */
  readonly cell: string;
}

/** Where a tenant lives is decided once for each version. */
const decisive: ReadonlySet<EventName> = new Set(["placed", "onboarded", "moved"]);

function toRecord(
  namespace: VerifiedNamespace,
  event: EventName,
  tenant: Tenant,
  version: number,
  details: EventDetails,
): VectorRecord {
  const at = Date.now();
  const { left, keepsPrevious, migrationId, ...others } = details;
  const location = others.place ?? others.to;
  const stored: RegistryEvent = {
    event,
    kind: tenant.kind,
    orgId: tenant.orgId,
    generation: version,
    at,
    ...others,
    ...(keepsPrevious === undefined ? {} : { keeps: keepsPrevious }),
    ...(migrationId === undefined ? {} : { run: migrationId }),
  };
  return {
    id: eventId(event, tenant, version),
    namespace: namespace.key,
    scopeKey: systemScopeKey,
    fields: {
      $createdAt: at,
      $validFrom: at,
      $validTo: noExpiry,
      $expiresAt: noExpiry,
      event,
      ...(location ? { place: locationName(location) } : {}),
      ...(left ? { left: locationName(left) } : {}),
    },
    keywords: { own: [], before: [], after: [] },
    payload: JSON.stringify(stored),
  };
}

async function readEvents(
  namespace: VerifiedNamespace,
  tenant: Tenant,
  version: number,
  options: Signal,
): Promise<ReadonlyMap<EventName, RegistryEvent>> {
  const ids = eventNames.map((event) => eventId(event, tenant, version));
  const records = await namespace.get({ ids, scope: systemScopeFilter, ...options });
  return new Map(records.map(parseEvent).map((event) => [event.event, event]));
}
