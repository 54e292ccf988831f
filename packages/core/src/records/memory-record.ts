import { LociError } from "../errors/loci-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { type Fields, noExpiry } from "../filter/filter.ts";
import { keyPaths, keyPathsField } from "../filter/key-paths.ts";
import { filterableFields, type Metadata } from "../filter/metadata.ts";
import { fail } from "../input/fail.ts";
import { oneOf } from "../input/option-parsers.ts";
import type { Role } from "../input/role.ts";
import { type Source, sourceOf, sources } from "../input/source.ts";
import { type Placeholder, placeholderField, placeholders } from "../namespace/placeholder.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { describe } from "../util/describe.ts";
import {
  assertObject,
  assertParts,
  assertString,
  moment,
  optional,
  type Parts,
  required,
} from "./check-parts.ts";

/** A memory with its id and scope key. */
export interface MemoryRecord {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly payload: MemoryPayload;
  /** Present while the embedded text is unchanged. */
  readonly vector?: Float32Array;
  /** What was read, and has to be there still when it is written; absent for a memory that was not there. */
  readonly version?: string;
}

/**
 * The payload of a record: a memory with its whole history. Both are therefore written, isolated and purged
 * together. Times are in milliseconds since 1970.
 */
export interface MemoryPayload {
  readonly version: 1;
  /** The application's own name for it, at its scope key; its id is a hash of both. */
  readonly key?: string;
  readonly role?: Role;
  readonly name?: string;
  /** Where it comes from; absent where its role says that. */
  readonly source?: Source;
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
  /** Present where there is no memory, but a mark for other processes. */
  readonly placeholder?: Placeholder;
  /** How many revisions after the first were dropped, since the history was too long. */
  readonly dropped?: number;
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

/** Names the source of a memory for filters, where it is not the user. */
export const sourceField = "$source";

export function currentRevision(payload: MemoryPayload): Revision {
  return payload.revisions.at(-1) ?? payload.revisions[0];
}

/** @throws StoreError when the stored payload is not one of a memory: it was damaged, or a newer version wrote it */
export function toMemoryRecord(record: StoredRecord): MemoryRecord {
  const { id, scopeKey, vector, version } = record;
  return { id, scopeKey, version, payload: parsePayload(record), ...(vector ? { vector } : {}) };
}

function parsePayload({ id, payload }: StoredRecord): MemoryPayload {
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload);
    assertPayload(parsed);
    return parsed;
  } catch (error) {
    const { version } = (parsed ?? {}) as { readonly version?: unknown };
    const advice =
      typeof version === "number" && version > 1
        ? "Another version of Loci wrote it: use that version"
        : 'Restore it from a dump, with import(dump, { conflicts: "overwrite" }), or delete it';
    const problem = LociError.isInstance(error) ? error.message.replace(/\.$/, "") : "it is not JSON";
    throw new StoreError(
      `Memory ${JSON.stringify(id)} cannot be read, since its stored content is damaged: ${problem}. ${advice}.`,
      // A record does not say which store it comes from.
      { store: "unknown" },
      { cause: error },
    );
  }
}

/**
 * Checks that a value has the form of a payload. What its texts, ids and metadata hold is not checked.
 * @throws InvalidInputError
 */
export function assertPayload(value: unknown): asserts value is MemoryPayload {
  assertParts(value, payloadParts, "memory");
}

/** The parts of a payload, each with the check of its form. The compiler asks for every part here. */
export const payloadParts: Parts<MemoryPayload> = {
  version: required((value, path) => {
    if (value !== 1) fail(path, `must be 1, not ${typeof value === "number" ? value : describe(value)}`);
  }),
  key: optional(assertString),
  role: optional(oneOf("user", "assistant", "system", "tool")),
  name: optional(assertString),
  source: optional(oneOf<Source>(...sources)),
  inferredBy: optional(assertString),
  pending: optional((value, path) => {
    if (value !== true) fail(path, "must be true, or left out");
  }),
  createdAt: required(moment(0)),
  validFrom: required(moment(-noExpiry)),
  validTo: optional(moment(-noExpiry)),
  expiresAt: optional(moment(-noExpiry)),
  supersedes: optional(assertString),
  supersededBy: optional(assertString),
  previous: optional(assertString),
  next: optional(assertString),
  placeholder: optional(oneOf<Placeholder>(...placeholders)),
  dropped: optional(moment(0)),
  revisions: required((value, path) => {
    if (!Array.isArray(value) || value.length === 0)
      fail(path, "must be a list of at least one revision, the current one last");
    for (const [index, revision] of value.entries())
      assertParts(revision, revisionParts, `${path}[${index}]`);
  }),
};

/** The parts of a revision, each with the check of its form. */
export const revisionParts: Parts<Revision> = {
  event: required(oneOf<HistoryEvent>("added", "updated", "superseded", "closed")),
  at: required(moment(0)),
  text: required(assertString),
  metadata: required(assertObject),
};

/** The filterable fields of a memory. */
export function fieldsOf(payload: MemoryPayload): Fields {
  const source = sourceOf(payload);
  return {
    ...filterableFields(currentRevision(payload).metadata),
    ...(payload.pending ? { [pendingField]: true } : {}),
    ...(payload.key === undefined ? {} : { [keyPathsField]: keyPaths(payload.key) }),
    ...(payload.placeholder ? { [placeholderField]: payload.placeholder } : {}),
    ...(source === "user" ? {} : { [sourceField]: source }),
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

/** Whether a message still waits to be turned into facts, with this text. */
export function isPending(memory: MemoryRecord | undefined, text: string): boolean {
  if (!memory?.payload.pending || isExpired(memory.payload, Date.now())) return false;
  return currentRevision(memory.payload).text === text;
}
