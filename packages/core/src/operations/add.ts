import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { Metadata } from "../filter/metadata.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedAddOptions } from "../input/add-options.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { AddResult } from "../records/add-result.ts";
import { buildRecords, identityOf } from "../records/build-records.ts";
import { type MemoryId, resolveMemoryIds } from "../records/memory-ids.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { endValidity, findValid } from "../records/validity.ts";
import type { WriteResult } from "../records/write-result.ts";
import { exactScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import { sameJson } from "../util/same-json.ts";
import { expireIfDue } from "./expire.ts";

/** Stores each message unchanged, once for each text and scope. */
export async function add(
  context: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
): Promise<AddResult> {
  const scopeKey = scopeKeyOf(context.scope.inner);
  const { key } = context.namespace;
  const conversation = conversationOf(context, scopeKey);
  await expireIfDue(context);
  // Adds at one scope key run one after another, so each sees what the previous one stored.
  return context.locks.shared(key, () =>
    context.locks.exclusive(conversation, () =>
      addInOrder(context, messages, options, scopeKey, conversation),
    ),
  );
}

/** Options of storing messages raw. */
export interface StoreOptions extends ParsedAddOptions {
  /** Marks new memories as pending extraction. */
  readonly pending?: boolean;
}

/** Names the conversation at one scope key. */
export function conversationOf(context: OperationContext, scopeKey: ScopeKey): string {
  return `${context.namespace.key} ${identityOf("", scopeKey)}`;
}

async function addInOrder(
  context: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
  scopeKey: ScopeKey,
  conversation: string,
): Promise<AddResult> {
  const now = Date.now();
  const memoryIds = await resolveMemoryIds(
    context,
    messages.map(({ text }) => text),
    scopeKey,
    now,
  );
  const memories = new Map<string, MemoryRecord>();
  const results: WriteResult[] = [];
  const last = await findLastMessage(context, scopeKey, conversation, messages[0], now);
  let previous = last;
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
    // A message from an earlier call keeps its neighbours, unless it ended the conversation.
    if (!known && previous && (previous === last || memories.has(previous.id))) link(memories, previous, id);
    previous = memories.get(id) ?? memory;
  }
  if (options.supersedes !== undefined && previous) {
    results[0] = await supersede(context, scopeKey, options.supersedes, previous, memories);
  }
  if (memories.size > 0)
    await context.namespace.upsert({
      records: await buildRecords(context, [...memories.values()]),
      ...context.signal,
    });
  if (previous?.payload.role) context.lastMessages.set(conversation, previous.id, previous.payload.validFrom);
  return { results };
}

/** The last message of this conversation. It is re-indexed with the message that follows it. */
async function findLastMessage(
  context: OperationContext,
  scopeKey: ScopeKey,
  conversation: string,
  first: ParsedMessage | undefined,
  now: number,
): Promise<MemoryRecord | undefined> {
  if (!first?.role) return undefined;
  const id = context.lastMessages.get(conversation, first.timestamp ?? now);
  if (id === undefined) return undefined;
  const [record] = await context.namespace.get({
    ids: [id],
    scope: exactScopeFilter(scopeKey),
    vectors: true,
    ...context.signal,
  });
  const last = record && toMemoryRecord(record);
  return last && !isExpired(last.payload, now) && last.payload.next === undefined ? last : undefined;
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

/** Applies a repeated add of the same text. Changes nothing unless metadata or expiry differ. */
export function revise(
  known: MemoryRecord,
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedAddOptions, "metadata" | "expiresAt">,
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
  context: OperationContext,
  scopeKey: ScopeKey,
  old: string,
  next: MemoryRecord,
  memories: Map<string, MemoryRecord>,
): Promise<WriteResult> {
  const replaced = await findValid(context, scopeKey, old);
  if (!replaced) {
    throw new MemoryNotFoundError(
      `No memory ${JSON.stringify(old)} of exactly this scope is valid now, so it cannot be superseded.`,
      { ids: [old] },
    );
  }
  const { text } = currentRevision(next.payload);
  if (next.id === old) return { status: "unchanged", id: old, text };
  memories.set(next.id, { ...next, payload: { ...next.payload, supersedes: old } });
  memories.set(old, endValidity(replaced, next.payload.validFrom, next.id));
  return { status: "superseded", id: next.id, text, supersedes: old };
}

/** The metadata of the call, overridden by that of the message. */
export function merged(
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedAddOptions, "metadata">,
): Metadata | undefined {
  if (!message.metadata && !options.metadata) return undefined;
  return { ...options.metadata, ...message.metadata };
}
