import { noExpiry } from "../filter/filter.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { Tenant } from "../scope/tenant.ts";
import { digest, uuid } from "../store/digest.ts";
import type { StoredRecord, VectorRecord } from "../store/vector-store.ts";
import { defaultName, type Location, locationName, type NamespaceLocation } from "./location.ts";
import {
  systemScopeFilter as reach,
  type SystemNamespace,
  systemScopeKey as scopeKey,
} from "./system-namespace.ts";

/** How a tenant's memories are on the way to another namespace. */
export interface Migration {
  /** `copying`: both may change; `switching`: writes wait; `stopped`: it failed, and may go on; `cancelled`: it may not. */
  readonly phase: "copying" | "switching" | "stopped" | "cancelled";
  readonly to: NamespaceLocation;
  /** Whether the old namespace stays after it, to go back to. */
  readonly keeps: boolean;
  /** Which run of it this is: another one has taken over when it is not the own. */
  readonly run: string;
  /** When the first run of it began, in milliseconds since 1970. */
  readonly began: number;
  /** When it was last heard of, in milliseconds since 1970. */
  readonly at: number;
}

/** What the directory knows of a tenant. */
export interface TenantState {
  readonly state: "unknown" | "importing" | "active" | "gone";
  /** Counts what became of the tenant: its onboardings and its migrations. 0 for one never seen. */
  readonly step: number;
  /** When it was last onboarded, as a step. */
  readonly onboarded: number;
  /** Where it lives, or lived. Absent for one never seen. */
  readonly home?: NamespaceLocation;
  /** While it is imported: which dump. */
  readonly dump?: string;
  readonly migration?: Migration;
  /** Where it lived before its last migration, while that namespace may be there still. */
  readonly before?: { readonly home: NamespaceLocation; readonly keeps: boolean };
  /** Whether every process has noticed the last migration. */
  readonly settled: boolean;
}

/** An organization of the deployment, as `organizations` lists it. */
export interface OrganizationEntry {
  readonly orgId: string;
  readonly state: "active" | "gone";
  /** Counts its onboardings and its moves, from 1. */
  readonly generation: number;
  /** When it was last onboarded. */
  readonly onboardedAt: Date;
  /** The region that it is pinned to; "default" where there is only one. */
  readonly region: string;
  /** The store of the region that it lives in; "default" where there is only one. */
  readonly cell: string;
}

const events = ["importing", "onboarded", "moving", "moved", "settled", "confirmed", "gone"] as const;
type EventName = (typeof events)[number];

/** One line of the directory, its payload. */
interface Event {
  readonly event: EventName;
  readonly kind: Tenant["kind"];
  readonly orgId: string;
  /** The step. */
  readonly generation: number;
  readonly at: number;
  /** Of importing and onboarded: where. Absent in a directory from before there were places. */
  readonly place?: Location;
  readonly dump?: string;
  /** Of moving and moved: where to. */
  readonly to?: NamespaceLocation;
  readonly keeps?: boolean;
  readonly run?: string;
  readonly phase?: Migration["phase"];
  readonly began?: number;
}

/** What an event says beside whom it is about. */
export type EventDetails = Pick<Event, "place" | "dump" | "to" | "keeps" | "run" | "phase" | "began"> & {
  /** Of gone and moved: which place is left. */
  readonly left?: Location;
};

const unseen: TenantState = { state: "unknown", step: 0, onboarded: 0, settled: true };
type Signal = { readonly signal?: AbortSignal };

/**
 * The list of a deployment's tenants, in a namespace of its own. It only grows: what became of a tenant are records of
 * each step, and the later of them outweigh the earlier. So two processes never overwrite each other's word, a retry
 * says the same again, and nothing that was offboarded comes back by accident. Only `moving` is overwritten.
 */
export class TenantRegistry {
  readonly #namespace: SystemNamespace;

  constructor(namespace: SystemNamespace) {
    this.#namespace = namespace;
  }

  /** @param from what was known before, so that only what came after it is read */
  async state(tenant: Tenant, options: Signal, from: TenantState = unseen): Promise<TenantState> {
    const namespace = await this.#namespace.find(options);
    let known = unseen;
    let arrival: Arrival | undefined = from.home && {
      home: from.home,
      onboarded: from.onboarded,
      ...(from.before ? { before: from.before } : {}),
    };
    for (let step = Math.max(from.step, 1); namespace; step += 1) {
      const found = await read(namespace, tenant, step, options);
      const begun = found.get("onboarded") ?? found.get("importing");
      arrival ??= begun && { home: { ...placeOf(begun), generation: step }, onboarded: step };
      if (!arrival) break;
      known = stateAt(step, arrival, found);
      const moved = found.get("moved");
      if (known.state === "gone") arrival = undefined;
      else if (!moved?.to) break;
      else {
        const before = { home: arrival.home, keeps: moved.keeps === true };
        arrival = { home: moved.to, onboarded: arrival.onboarded, before };
      }
    }
    return known;
  }

  async record(
    event: EventName,
    tenant: Tenant,
    step: number,
    details: EventDetails,
    options: Signal,
  ): Promise<void> {
    const at = Date.now();
    const { left, ...said } = details;
    const place = said.place ?? said.to;
    const namespace = await this.#namespace.openOrCreate(options);
    const record: VectorRecord = {
      id: eventId(event, tenant, step),
      namespace: namespace.key,
      scopeKey,
      fields: {
        $createdAt: at,
        $validFrom: at,
        $validTo: noExpiry,
        $expiresAt: noExpiry,
        event,
        ...(place ? { place: locationName(place) } : {}),
        ...(left ? { left: locationName(left) } : {}),
      },
      keywords: { own: [], before: [], after: [] },
      payload: JSON.stringify({
        event,
        kind: tenant.kind,
        orgId: tenant.orgId,
        generation: step,
        at,
        ...said,
      } satisfies Event),
    };
    await namespace.upsert({ records: [record], ...options });
  }

  /** How many organizations live at a place, those that are being imported left out. */
  async population(place: Location, options: Signal): Promise<number> {
    const namespace = await this.#namespace.find(options);
    if (!namespace) return 0;
    const name = locationName(place);
    const count = (field: "place" | "left", names: readonly EventName[]) =>
      namespace.count({
        scope: reach,
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

  /** Organizations as they are now, those onboarded last first. */
  async list(
    limit: number,
    cursor: string | undefined,
    options: Signal,
  ): Promise<{ entries: OrganizationEntry[]; cursor?: string }> {
    const namespace = await this.#namespace.find(options);
    if (!namespace) return { entries: [] };
    const page = await namespace.list({
      scope: reach,
      filter: { type: "in", field: "event", values: ["onboarded"], negated: false },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...options,
    });
    const onboarded = page.records.map(decode).filter(({ kind }) => kind === "organization");
    const laterNames = ["gone", "moved"] as const;
    const later = onboarded.flatMap((event) =>
      laterNames.map((name) => eventId(name, event, event.generation)),
    );
    const present = new Set(
      (await namespace.get({ ids: later, scope: reach, ...options })).map(({ id }) => id),
    );
    const entries: OrganizationEntry[] = [];
    for (const event of onboarded) {
      const { orgId, generation, at } = event;
      // One that nothing became of since is where it was onboarded; the others are followed.
      const isUntouched = laterNames.every((name) => !present.has(eventId(name, event, generation)));
      const now = isUntouched ? undefined : await this.state(event, options);
      if (now && now.onboarded !== generation) continue;
      const { region, cell } = now?.home ?? placeOf(event);
      entries.push({
        orgId,
        state: now?.state === "gone" ? "gone" : "active",
        generation: now?.step ?? generation,
        onboardedAt: new Date(at),
        region,
        cell,
      });
    }
    return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }
}

/** How a tenant came to be where it is at a step. */
interface Arrival {
  readonly home: NamespaceLocation;
  readonly onboarded: number;
  readonly before?: { readonly home: NamespaceLocation; readonly keeps: boolean };
}

function stateAt(
  step: number,
  { home, onboarded, before }: Arrival,
  found: ReadonlyMap<EventName, Event>,
): TenantState {
  const { to, keeps = false, run = "", phase = "stopped", began = 0, at = 0 } = found.get("moving") ?? {};
  const isGone = found.has("gone");
  const isActive = found.has("onboarded") || onboarded < step;
  const dump = found.get("importing")?.dump;
  return {
    state: isGone ? "gone" : isActive ? "active" : "importing",
    step,
    onboarded,
    home,
    settled: onboarded === step || found.has("settled") || found.has("confirmed"),
    ...(dump === undefined || isActive ? {} : { dump }),
    ...(to && (isGone || (phase !== "cancelled" && !found.has("moved")))
      ? { migration: { phase, to, keeps, run, began, at } }
      : {}),
    ...(before && !found.has("confirmed") ? { before } : {}),
  };
}

async function read(
  namespace: VerifiedNamespace,
  tenant: Tenant,
  step: number,
  options: Signal,
): Promise<ReadonlyMap<EventName, Event>> {
  const ids = events.map((event) => eventId(event, tenant, step));
  const records = await namespace.get({ ids, scope: reach, ...options });
  return new Map(records.map(decode).map((event) => [event.event, event]));
}

function placeOf({ place }: Event): Location {
  return place ?? { region: defaultName, cell: defaultName };
}

function eventId(event: EventName, tenant: Tenant, step: number): string {
  return uuid(digest("directory", event, tenant.kind, tenant.orgId, String(step)));
}

function decode(record: StoredRecord): Event {
  return JSON.parse(record.payload) as Event;
}
