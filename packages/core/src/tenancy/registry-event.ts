import type { Tenant } from "../scope/tenant.ts";
import { digest, uuid } from "../store/digest.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { defaultName, type Location, type NamespaceLocation } from "./location.ts";
import type { MigrationState } from "./migration-state.ts";

/** One entry of the tenant registry, as it is stored. Its field names never change. */
export interface RegistryEvent {
  readonly event: EventName;
  readonly kind: Tenant["kind"];
  readonly orgId: string;
  /** The version of the tenant that it belongs to. */
  readonly generation: number;
  readonly at: number;
  /** Of placed, importing and onboarded: the location. Absent in a registry from before regions existed. */
  readonly place?: Location & Partial<NamespaceLocation>;
  /** Of moving and moved: the target. */
  readonly to?: NamespaceLocation;
  /** Whether the previous namespace stays after the migration. */
  readonly keeps?: boolean;
  /** The id of the migration. */
  readonly run?: string;
  readonly phase?: MigrationState["phase"];
  readonly began?: number;
}

/** The names of the events that a tenant's state follows from. */
export const eventNames = [
  "importing",
  "onboarded",
  "moving",
  "moved",
  "settled",
  "confirmed",
  "gone",
] as const;
export type EventName = (typeof eventNames)[number] | "placed";

/** The id of an event's record: a retry writes the same record again. Every look at a tenant asks for the same few. */
export function eventId(event: EventName, tenant: Tenant, version: number): string {
  const name = `${event} ${tenant.kind} ${version} ${tenant.orgId}`;
  const known = knownIds.get(name);
  if (known !== undefined) return known;
  if (knownIds.size >= mostKnownIds) knownIds.clear();
  const id = uuid(digest("directory", event, tenant.kind, tenant.orgId, String(version)));
  knownIds.set(name, id);
  return id;
}

const knownIds = new Map<string, string>();
const mostKnownIds = 10_000;

export function parseEvent(record: StoredRecord): RegistryEvent {
  return JSON.parse(record.payload) as RegistryEvent;
}

/** Where an organization was onboarded or imported. The number of a namespace is that of the version, unless an import has made it. */
export function eventLocation({ place, generation }: RegistryEvent): NamespaceLocation {
  return { region: defaultName, cell: defaultName, generation, ...place };
}
