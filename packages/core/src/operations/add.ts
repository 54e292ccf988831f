import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { Metadata } from "../filter/metadata.ts";
import type { OperationContext } from "../guard/guard.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { ParsedOptions } from "../input/options.ts";
import { buildRecords, identify } from "../records/build-records.ts";
import { type MemoryId, resolveMemoryIds } from "../records/memory-ids.ts";
import {
  currentRevision,
  decode,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
} from "../records/memory-record.ts";
import { close, findValid } from "../records/validity.ts";
import { exactScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import type { ExtractionReport } from "./extract-facts.ts";

/** What became of one memory in a write. `closed`: it no longer holds, and nothing replaces it. */
export type WriteResult =
  | {
      readonly status: "added" | "updated" | "unchanged" | "closed";
      readonly id: string;
      readonly text: string;
    }
  | {
      readonly status: "superseded";
      readonly id: string;
      readonly text: string;
      readonly supersedes: string;
    };

/** What `add` did. */
export interface AddResult {
  /** Without inference, one for each message, in their order; with it, one for each fact, and for each memory closed. */
  readonly results: readonly WriteResult[];
  /** With inference: what was asked and answered. */
  readonly extraction?: ExtractionReport;
}

/** Options of storing messages as they are. */
export interface StoreOptions extends ParsedOptions {
  /** Marks what is new as still to be turned into facts. */
  readonly pending?: boolean;
}

/** Stores each message as it is, once for each text and scope. */
export async function add(
  access: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
): Promise<AddResult> {
  const scopeKey = scopeKeyOf(access.scope.inner);
  const { key } = access.namespace;
  const conversation = conversationOf(access, scopeKey);
  await access.sweeper.sweepIfDue(access);
  // Adds to one placement follow one another, so that none misses what another has just stored.
  return access.locks.shared(key, () =>
    access.locks.exclusive(conversation, () => addInOrder(access, messages, options, scopeKey, conversation)),
  );
}

/** Names the conversation that goes on at one placement. */
export function conversationOf(access: OperationContext, scopeKey: ScopeKey): string {
  return `${access.namespace.key} ${identify("", scopeKey)}`;
}

async function addInOrder(
  access: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
  scopeKey: ScopeKey,
  conversation: string,
): Promise<AddResult> {
  const now = Date.now();
  const memoryIds = await resolveMemoryIds(
    access,
    messages.map(({ text }) => text),
    scopeKey,
    now,
  );
  const memories = new Map<string, MemoryRecord>();
  const results: WriteResult[] = [];
  const tail = await findTail(access, scopeKey, conversation, messages[0], now);
  let previous = tail;
  for (const [index, message] of messages.entries()) {
    const { id, stored } = memoryIds[index] as MemoryId;
    const known = memories.get(id) ?? stored;
    const memory: MemoryRecord = known
      ? revise(known, message, options, now)
      : create(id, scopeKey, message, options, now, previous?.id);
    results.push({
      status: !known ? "added" : memory === known ? "unchanged" : "updated",
      id,
      text: message.text,
    });
    if (memory !== stored) memories.set(id, memory);
    // A message that was stored by an earlier call keeps its neighbours, unless the conversation ended with it.
    if (!known && previous && (previous === tail || memories.has(previous.id))) link(memories, previous, id);
    previous = memories.get(id) ?? memory;
  }
  if (options.supersedes !== undefined && previous) {
    results[0] = await supersede(access, scopeKey, options.supersedes, previous, memories);
  }
  if (memories.size > 0)
    await access.namespace.upsert({
      records: await buildRecords(access, [...memories.values()]),
      ...access.signal,
    });
  if (previous?.payload.role) access.lastMessages.set(conversation, previous.id, previous.payload.validFrom);
  return { results };
}

/** The message that this conversation ended with so far, to be re-indexed with what follows it. */
async function findTail(
  access: OperationContext,
  scopeKey: ScopeKey,
  conversation: string,
  first: ParsedMessage | undefined,
  now: number,
): Promise<MemoryRecord | undefined> {
  if (!first?.role) return undefined;
  const id = access.lastMessages.get(conversation, first.timestamp ?? now);
  if (id === undefined) return undefined;
  const [record] = await access.namespace.get({
    ids: [id],
    scope: exactScopeFilter(scopeKey),
    vectors: true,
    ...access.signal,
  });
  const tail = record && decode(record);
  return tail && !isExpired(tail.payload, now) && tail.payload.next === undefined ? tail : undefined;
}

function create(
  id: string,
  scopeKey: ScopeKey,
  message: ParsedMessage,
  options: StoreOptions,
  now: number,
  previous: string | undefined,
): MemoryRecord {
  const { text, role, name } = message;
  const payload: MemoryPayload = {
    version: 1,
    ...(role ? { role } : {}),
    ...(name ? { name } : {}),
    ...(options.pending ? { pending: true } : {}),
    createdAt: now,
    validFrom: message.timestamp ?? now,
    ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    ...(previous ? { previous } : {}),
    revisions: [{ event: "added", at: now, text, metadata: merged(message, options) ?? {} }],
  };
  return { id, scopeKey, payload };
}

/** The same text again: unchanged, unless the call brings other metadata or another end. */
export function revise(
  known: MemoryRecord,
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedOptions, "metadata" | "expiresAt">,
  now: number,
): MemoryRecord {
  const current = currentRevision(known.payload);
  const metadata = merged(message, options) ?? current.metadata;
  const expiresAt = options.expiresAt ?? known.payload.expiresAt;
  if (sameJson(metadata, current.metadata) && expiresAt === known.payload.expiresAt) return known;
  return {
    ...known,
    payload: {
      ...known.payload,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      revisions: [...known.payload.revisions, { event: "updated", at: now, text: current.text, metadata }],
    },
  };
}

function link(memories: Map<string, MemoryRecord>, previous: MemoryRecord, next: string): void {
  if (previous.payload.next !== undefined) return;
  memories.set(previous.id, { ...previous, payload: { ...previous.payload, next } });
}

async function supersede(
  access: OperationContext,
  scopeKey: ScopeKey,
  old: string,
  next: MemoryRecord,
  memories: Map<string, MemoryRecord>,
): Promise<WriteResult> {
  const replaced = await findValid(access, scopeKey, old);
  if (!replaced) {
    throw new MemoryNotFoundError(
      `No memory ${JSON.stringify(old)} of exactly this scope holds now, so that none can be replaced.`,
      { ids: [old] },
    );
  }
  const { text } = currentRevision(next.payload);
  if (next.id === old) return { status: "unchanged", id: old, text };
  memories.set(next.id, { ...next, payload: { ...next.payload, supersedes: old } });
  memories.set(old, close(replaced, next.payload.validFrom, next.id));
  return { status: "superseded", id: next.id, text, supersedes: old };
}

/** The metadata of the call, under that of the message. */
export function merged(
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedOptions, "metadata">,
): Metadata | undefined {
  if (!message.metadata && !options.metadata) return undefined;
  return { ...options.metadata, ...message.metadata };
}

/** Whether two JSON objects are equal, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
