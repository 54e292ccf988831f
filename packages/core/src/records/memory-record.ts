import { type Fields, noExpiry } from "../filter/filter.ts";
import { filterableFields, type Metadata } from "../filter/metadata.ts";
import type { Role } from "../input/messages.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import type { StoredRecord } from "../store/vector-store.ts";

/** A memory with its id and scope key. */
export interface MemoryRecord {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly payload: MemoryPayload;
  /** Present while the embedded text is unchanged. */
  readonly vector?: Float32Array;
}

/**
 * The payload of a record: a memory with its whole history. Both are therefore written, isolated and purged
 * together. Times are in milliseconds since 1970.
 */
export interface MemoryPayload {
  readonly version: 1;
  readonly role?: Role;
  readonly name?: string;
  /** The model and extractor that inferred it from a conversation; absent for a message stored raw. */
  readonly inferredBy?: string;
  /** Stored raw because no facts could be extracted; `extractPending` tries again. */
  readonly pending?: true;
  readonly createdAt: number;
  readonly validFrom: number;
  readonly validTo?: number;
  readonly expiresAt?: number;
  readonly supersedes?: string;
  readonly supersededBy?: string;
  /** Ids of the messages before and after this one, at the same scope key. */
  readonly previous?: string;
  readonly next?: string;
  /** Oldest first; the last one is current. */
  readonly revisions: readonly [Revision, ...Revision[]];
}

/** A memory's text and metadata since one moment. */
export interface Revision {
  readonly event: HistoryEvent;
  readonly at: number;
  readonly text: string;
  readonly metadata: Metadata;
}

/** What happened to a memory in one revision. */
export type HistoryEvent = "added" | "updated" | "superseded" | "closed";

/** Marks pending messages for filters; no metadata key begins with `$`. */
export const pendingField = "$pending";

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

/** The filterable fields of a memory. */
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

/** Whether the memory has expired. Reads treat it as deleted then. */
export function isExpired(payload: MemoryPayload, now: number): boolean {
  return payload.expiresAt !== undefined && payload.expiresAt <= now;
}
