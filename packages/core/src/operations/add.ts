import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { Metadata } from "../filter/metadata.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedAddOptions } from "../input/add-options.ts";
import type { ParsedMessage } from "../input/messages.ts";
import { isLessTrusted, sourceOf } from "../input/source.ts";
import type { AddResult } from "../records/add-result.ts";
import { buildRecords } from "../records/build-records.ts";
import { identityOf } from "../records/identity.ts";
import { type MemoryId, resolveMemoryIds } from "../records/memory-ids.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { endValidity, findExact, isSaidEarlier, isValid } from "../records/validity.ts";
import { withRevision } from "../records/with-revision.ts";
import { type RecordWrites, writeMemories, writeRecords } from "../records/write-memories.ts";
import type { WriteResult } from "../records/write-result.ts";
import { exactScopeFilter, type ScopeKey, scopeKeyOf } from "../scope/scope-filter.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { sameJson } from "../util/same-json.ts";
import { assertTrusted } from "./assert-trusted.ts";
import { eraseByIds } from "./delete.ts";
import { expireIfDue } from "./expire.ts";

/** Stores each message unchanged, once for each text and scope. */
export async function add(
  context: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
): Promise<AddResult> {
  const scopeKey = scopeKeyOf(context.scope.inner);
  await expireIfDue(context);
  const conversation = conversationOf(context, scopeKey);
  const done: AddState["done"] = new Map();
  // Each sees what the one before it has stored, and links to that: to wait is faster than to be repeated.
  return context.turns.take(conversation, { ...context.signal, maxWait: maxTurn }, () =>
    repeatOnConflict(context, (current, attempt) =>
      addOnce(current, messages, options, { scopeKey, conversation, done, attempt }),
    ),
  );
}

/** How long an add waits for the one before it in the same conversation, in milliseconds. */
const maxTurn = 2000;
/** How often an add tries to follow the last message of the conversation, while others do the same. */
const maxFollows = 3;

/** Options of storing messages raw. */
export interface StoreOptions extends ParsedAddOptions {
  /** Marks new memories as pending extraction. */
  readonly pending?: boolean;
}

/** Names the conversation at one scope key. */
export function conversationOf(context: OperationContext, scopeKey: ScopeKey): string {
  return `${context.namespace.key} ${identityOf("", scopeKey)}`;
}

/** What an add knows across its attempts. */
interface AddState {
  readonly scopeKey: ScopeKey;
  readonly conversation: string;
  /** The messages that an earlier attempt has stored. One that is gone since was deleted, and stays so. */
  readonly done: Map<string, Status>;
  readonly attempt: number;
}

/** What became of a message. */
type Status = "added" | "updated" | "unchanged";

async function addOnce(
  context: OperationContext,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
  { scopeKey, conversation, done, attempt }: AddState,
): Promise<AddResult | typeof conflict> {
  const now = Date.now();
  const texts = messages.map(({ text }) => text);
  const memoryIds = await resolveMemoryIds(context, texts, scopeKey, now);
  const expired = memoryIds.flatMap(({ expired: memory }) => (memory ? [memory.id] : []));
  if (expired.length > 0) {
    await eraseByIds(context, expired, exactScopeFilter(scopeKey));
    return conflict;
  }
  const memories = new Map<string, MemoryRecord>();
  const results: WriteResult[] = [];
  const reported = new Set<string>();
  const first = { message: messages[0], id: memoryIds[0]?.id, now };
  const last = attempt <= maxFollows ? await findLast(context, scopeKey, conversation, first) : undefined;
  const there = new Set([last?.id, ...memoryIds.map(({ stored }) => stored?.id)]);
  let previous = last;
  for (const [index, message] of messages.entries()) {
    if (isTurnOver()) await nextTurn();
    const { id, stored, version } = memoryIds[index] as MemoryId;
    const { text } = message;
    const known = memories.get(id) ?? stored;
    const before = done.get(id);
    const isFirst = !reported.has(id);
    reported.add(id);
    if (!known && before) {
      results.push({ status: before, id, text });
      previous = undefined;
      continue;
    }
    const follows = known ? undefined : followed(previous, id, last, memories);
    const memory: MemoryRecord = known
      ? revise(known, message, options, now)
      : { ...create(id, scopeKey, message, options, now, follows?.id), ...(version ? { version } : {}) };
    const status = !known ? "added" : memory === known ? "unchanged" : "updated";
    results.push({ status: (isFirst && before) || status, id, text });
    if (memory !== stored) memories.set(id, memory);
    if (follows) memories.set(follows.id, { ...follows, payload: { ...follows.payload, next: id } });
    previous = memories.get(id) ?? memory;
  }
  const replaced = previous && (await findReplaced(context, scopeKey, options.supersedes, previous, done));
  if (replaced && messages[0]) {
    assertTrusted(sourceOf(messages[0]), replaced);
    assertSaidLater(messages[0].timestamp ?? now, replaced);
  }
  if (previous && replaced) results[0] = supersede(replaced, previous, memories);
  const statuses = new Map(results.toReversed().map(({ id, status }) => [id, status]));
  const [changed, created] = [true, false].map((isThere) =>
    [...memories.values()].filter(({ id }) => there.has(id) === isThere),
  ) as [MemoryRecord[], MemoryRecord[]];
  // What is there comes first, since it names what is new: who deletes it then finds that, or stops it. It is not indexed with
  // what is new, which may never be stored.
  const leading = await buildRecords(context, changed);
  const following = await buildRecords(context, created, changed);
  const steps: readonly RecordWrites[] = context.namespace.ordersWrites
    ? [{ leading, following }]
    : [{ leading }, { leading: following }];
  for (const step of steps) {
    const failed = await writeRecords(context, step);
    const failedIds = new Set(failed.map(({ id }) => id));
    for (const { id } of [...step.leading, ...(step.following ?? [])]) {
      const status = statuses.get(id);
      if (status && !failedIds.has(id))
        done.set(id, status === "updated" || status === "unchanged" ? status : "added");
    }
    if (failed.length > 0) return conflict;
  }
  if (previous && replaced && replaced.id !== previous.id) {
    const closed = endValidity(replaced, previous.payload.validFrom, previous.id);
    if ((await writeMemories(context, [closed])).length > 0) return conflict;
  }
  if (previous?.payload.role) context.lastMessages.set(conversation, previous.id, previous.payload.validFrom);
  return { results };
}

/**
 * The message that a new one follows, and is indexed with: only one that names it, or that is written to name it. A message from an
 * earlier call keeps its neighbours, unless it ended the conversation.
 */
function followed(
  previous: MemoryRecord | undefined,
  id: string,
  last: MemoryRecord | undefined,
  memories: ReadonlyMap<string, MemoryRecord>,
): MemoryRecord | undefined {
  if (!previous) return undefined;
  const { next } = previous.payload;
  if (next === id) return previous;
  return next === undefined && (previous === last || memories.has(previous.id)) ? previous : undefined;
}

/** The last message of this conversation. It is written again, to name the message that follows it. */
async function findLast(
  context: OperationContext,
  scopeKey: ScopeKey,
  conversation: string,
  first: {
    readonly message: ParsedMessage | undefined;
    readonly id: string | undefined;
    readonly now: number;
  },
): Promise<MemoryRecord | undefined> {
  const { message, now } = first;
  if (!message?.role) return undefined;
  const id = context.lastMessages.get(conversation, message.timestamp ?? now);
  if (id === undefined) return undefined;
  const [record] = await context.namespace.get({
    ids: [id],
    scope: exactScopeFilter(scopeKey),
    vectors: true,
    ...context.signal,
  });
  const last = record && toMemoryRecord(record);
  if (!last || isExpired(last.payload, now)) return undefined;
  return [undefined, first.id].includes(last.payload.next) ? last : undefined;
}

function create(
  id: string,
  scopeKey: ScopeKey,
  message: ParsedMessage,
  options: StoreOptions,
  now: number,
  previous: string | undefined,
): MemoryRecord {
  const { text, role, name, source } = message;
  const payload: MemoryPayload = {
    version: 1,
    ...(role ? { role } : {}),
    ...(name ? { name } : {}),
    ...(source ? { source } : {}),
    ...(options.pending ? { pending: true } : {}),
    createdAt: now,
    validFrom: message.timestamp ?? now,
    ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    ...(previous ? { previous } : {}),
    revisions: [{ event: "added", at: now, text, metadata: merged(message, options) ?? {} }],
  };
  return { id, scopeKey, payload };
}

/**
 * Applies a repeated add of the same text. Changes nothing unless metadata or expiry differ, or the text comes from a source that is
 * trusted more. One that is trusted less changes nothing.
 */
export function revise(
  known: MemoryRecord,
  message: Pick<ParsedMessage, "metadata" | "source" | "role">,
  options: Pick<ParsedAddOptions, "metadata" | "expiresAt">,
  now: number,
): MemoryRecord {
  const source = sourceOf(message);
  const former = sourceOf(known.payload);
  if (isLessTrusted(source, former)) return known;
  const current = currentRevision(known.payload);
  const metadata = merged(message, options) ?? current.metadata;
  const expiresAt = options.expiresAt ?? known.payload.expiresAt;
  const isSame = sameJson(metadata, current.metadata) && expiresAt === known.payload.expiresAt;
  if (isSame && source === former) return known;
  const payload = {
    ...known.payload,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(source === former ? {} : { source }),
  };
  const next = { event: "updated", at: now, text: current.text, metadata } as const;
  return { ...known, payload: withRevision(payload, next) };
}

/**
 * The memory that is to be superseded. Undefined without one, where another writer has superseded it after this one has stored its own,
 * and where an earlier call has done it already.
 * @throws MemoryNotFoundError
 */
async function findReplaced(
  context: OperationContext,
  scopeKey: ScopeKey,
  old: string | undefined,
  next: MemoryRecord,
  done: AddState["done"],
): Promise<MemoryRecord | undefined> {
  if (old === undefined) return undefined;
  const found = await findExact(context, scopeKey, old);
  if (found && isValid(found.payload)) return found;
  if (done.has(next.id) || found?.payload.supersededBy === next.id) return undefined;
  throw new MemoryNotFoundError(
    `No memory ${JSON.stringify(old)} of exactly this scope is valid now, so it cannot be superseded.`,
    { ids: [old] },
  );
}

/** What arrives late does not end what was said later. @throws InvalidInputError */
function assertSaidLater(at: number, replaced: MemoryRecord): void {
  if (!isSaidEarlier(at, replaced)) return;
  throw new InvalidInputError(
    `timestamp is earlier than memory ${JSON.stringify(replaced.id)} was said, so that this text cannot supersede it. Leave supersedes out, or give the time at which it changed.`,
    { path: "timestamp" },
  );
}

/** Lets a memory say which one it supersedes. That one ends after it is stored. */
function supersede(
  replaced: MemoryRecord,
  next: MemoryRecord,
  memories: Map<string, MemoryRecord>,
): WriteResult {
  const { id, payload } = next;
  const { text } = currentRevision(payload);
  if (id === replaced.id) return { status: "unchanged", id, text };
  if (payload.supersedes !== replaced.id)
    memories.set(id, { ...next, payload: { ...payload, supersedes: replaced.id } });
  return { status: "superseded", id, text, supersedes: replaced.id };
}

/** The metadata of the call, overridden by that of the message. */
export function merged(
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedAddOptions, "metadata">,
): Metadata | undefined {
  if (!message.metadata && !options.metadata) return undefined;
  return { ...options.metadata, ...message.metadata };
}
