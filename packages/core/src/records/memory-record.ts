import { type Fields, noExpiry } from "../filter/filter.ts";
import { filterableFields, type Metadata } from "../filter/metadata.ts";
import type { Role } from "../input/messages.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
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
