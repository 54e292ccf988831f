import { type Fields, noExpiry } from "../filter/filter.ts";
import { filterableFields, type Metadata } from "../filter/metadata.ts";
import type { Role } from "../input/messages.ts";
import type { Scope } from "../scope/scope.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import type { Tenant } from "../scope/tenant.ts";
import type { StoredRecord } from "../store/vector-store.ts";

/** What happened to a memory at one time. */
export type HistoryEvent = "added" | "updated" | "superseded" | "closed";

interface Revision {
  readonly event: HistoryEvent;
  readonly at: number;
  readonly text: string;
  readonly metadata: Metadata;
}

/**
 * What core keeps of a memory in a record's payload: the memory and its whole history, which are so written,
 * isolated and purged together. Moments are milliseconds since 1970.
 */
export interface MemoryPayload {
  readonly version: 1;
  readonly role?: Role;
  readonly name?: string;
  /** Which model and extractor wrote it from a conversation; absent for what was stored as it was said. */
  readonly inferredBy?: string;
  /** Stored as it was said because no facts could be extracted, which is to be tried again. */
  readonly pending?: true;
  readonly createdAt: number;
  readonly validFrom: number;
  readonly validTo?: number;
  readonly expiresAt?: number;
  readonly supersedes?: string;
  readonly supersededBy?: string;
  /** Ids of the messages before and after this one, at the same placement. */
  readonly previous?: string;
  readonly next?: string;
  /** Oldest first; the last is what holds. */
  readonly revisions: readonly [Revision, ...Revision[]];
}

/** Marks pending messages for filters; no metadata key begins with `$`. */
export const pendingField = "$pending";

/** A memory with where it is stored, as the engine's steps hand it on. */
export interface MemoryRecord {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly payload: MemoryPayload;
  /** Present when the text that was embedded has not changed. */
  readonly vector?: Float32Array;
}

/** A memory, as an application sees it. */
export interface MemoryItem {
  readonly id: string;
  readonly text: string;
  /** Exactly where it was written. */
  readonly scope: Partial<Scope>;
  readonly metadata: Metadata;
  /** Who said it, when it was a message or follows from one. */
  readonly role?: Role;
  /** The speaker's name, when the message had one. */
  readonly name?: string;
  /** Which language model and extractor wrote it from a conversation; absent for what was stored as it was said. */
  readonly inferredBy?: string;
  /** True for a message that was stored as it was said because no facts could be extracted; see `reinfer`. */
  readonly pending?: true;
  /** When it was stored. */
  readonly createdAt: Date;
  /** When it was last changed. */
  readonly updatedAt: Date;
  /** Since when it holds: the message's own time where it had one. */
  readonly validFrom: Date;
  /** Until when it held, when another memory replaced it or a conversation ended it. */
  readonly validTo?: Date;
  /** When it will no longer be found. */
  readonly expiresAt?: Date;
  /** The memory that it replaced. */
  readonly supersedes?: string;
  /** The memory that replaced it. */
  readonly supersededBy?: string;
  /** Counts its edits, from 1. */
  readonly revision: number;
}

/** One step in the story of a memory. */
export interface HistoryEntry {
  readonly revision: number;
  readonly event: HistoryEvent;
  /** The text from then on. */
  readonly text: string;
  readonly metadata: Metadata;
  readonly at: Date;
}

export function currentRevision(payload: MemoryPayload): Revision {
  return payload.revisions.at(-1) ?? payload.revisions[0];
}

export function toMemoryRecord(record: StoredRecord): MemoryRecord {
  const { id, scopeKey, vector } = record;
  return {
    id,
    scopeKey,
    payload: JSON.parse(record.payload) as MemoryPayload,
    ...(vector ? { vector } : {}),
  };
}

/** What a filter can compare of a memory. */
export function fieldsOf(payload: MemoryPayload): Fields {
  return {
    ...filterableFields(currentRevision(payload).metadata),
    ...(payload.pending ? { [pendingField]: true } : {}),
    $createdAt: payload.createdAt,
    $validFrom: payload.validFrom,
    $validTo: payload.validTo ?? noExpiry,
    $expiresAt: payload.expiresAt ?? noExpiry,
  };
}

/** Whether the memory may be returned at all: an expired one is as good as deleted. */
export function isExpired(payload: MemoryPayload, now: number): boolean {
  return payload.expiresAt !== undefined && payload.expiresAt <= now;
}

/** The memory as the application sees it, with the text that it had at `asOf`. */
export function toMemoryItem(
  { id, scopeKey, payload }: MemoryRecord,
  tenant: Tenant,
  asOf?: number,
): MemoryItem {
  const held = asOf === undefined ? payload.revisions : payload.revisions.filter(({ at }) => at <= asOf);
  // A message is valid from when it was said, which may be before it was stored.
  const revision = held.at(-1) ?? payload.revisions[0];
  return {
    id,
    text: revision.text,
    scope: {
      ...(tenant.kind === "organization" ? { orgId: tenant.orgId } : {}),
      ...(scopeKey.user ? { userId: scopeKey.user } : {}),
      ...(scopeKey.agent ? { agentId: scopeKey.agent } : {}),
      ...(scopeKey.run ? { runId: scopeKey.run } : {}),
    },
    metadata: revision.metadata,
    ...(payload.role ? { role: payload.role } : {}),
    ...(payload.name ? { name: payload.name } : {}),
    ...(payload.inferredBy ? { inferredBy: payload.inferredBy } : {}),
    ...(payload.pending ? { pending: payload.pending } : {}),
    createdAt: new Date(payload.createdAt),
    updatedAt: new Date(revision.at),
    validFrom: new Date(payload.validFrom),
    ...(payload.validTo === undefined ? {} : { validTo: new Date(payload.validTo) }),
    ...(payload.expiresAt === undefined ? {} : { expiresAt: new Date(payload.expiresAt) }),
    ...(payload.supersedes ? { supersedes: payload.supersedes } : {}),
    ...(payload.supersededBy ? { supersededBy: payload.supersededBy } : {}),
    revision: Math.max(held.length, 1),
  };
}

export function toHistory(payload: MemoryPayload): readonly HistoryEntry[] {
  return payload.revisions.map(({ event, at, text, metadata }, index) => ({
    revision: index + 1,
    event,
    text,
    metadata,
    at: new Date(at),
  }));
}
