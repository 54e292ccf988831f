import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { Metadata } from "../filter/metadata.ts";
import type { Access } from "../guard/guard.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { ParsedOptions } from "../input/options.ts";
import { buildRecords, identify } from "../records/build-records.ts";
import { findSlots, type Slot } from "../records/memory-ids.ts";
import { currentRevision, type Draft, decode, isExpired, type Payload } from "../records/memory-record.ts";
import { close, findHolding } from "../records/validity.ts";
import { exactReach, type Placement, placementOf } from "../scope/scope-filter.ts";
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
  access: Access,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
): Promise<AddResult> {
  const placement = placementOf(access.scope.inner);
  const { key } = access.namespace;
  const conversation = conversationOf(access, placement);
  await access.sweeper.sweepIfDue(access);
  // Adds to one placement follow one another, so that none misses what another has just stored.
  return access.locks.shared(key, () =>
    access.locks.exclusive(conversation, () =>
      addInOrder(access, messages, options, placement, conversation),
    ),
  );
}

/** Names the conversation that goes on at one placement. */
export function conversationOf(access: Access, placement: Placement): string {
  return `${access.namespace.key} ${identify("", placement)}`;
}

async function addInOrder(
  access: Access,
  messages: readonly ParsedMessage[],
  options: StoreOptions,
  placement: Placement,
  conversation: string,
): Promise<AddResult> {
  const now = Date.now();
  const slots = await findSlots(
    access,
    messages.map(({ text }) => text),
    placement,
    now,
  );
  const drafts = new Map<string, Draft>();
  const results: WriteResult[] = [];
  const tail = await findTail(access, placement, conversation, messages[0], now);
  let previous = tail;
  for (const [index, message] of messages.entries()) {
    const { id, stored } = slots[index] as Slot;
    const known = drafts.get(id) ?? stored;
    const draft: Draft = known
      ? revise(known, message, options, now)
      : create(id, placement, message, options, now, previous?.id);
    results.push({
      status: !known ? "added" : draft === known ? "unchanged" : "updated",
      id,
      text: message.text,
    });
    if (draft !== stored) drafts.set(id, draft);
    // A message that was stored by an earlier call keeps its neighbours, unless the conversation ended with it.
    if (!known && previous && (previous === tail || drafts.has(previous.id))) link(drafts, previous, id);
    previous = drafts.get(id) ?? draft;
  }
  if (options.supersedes !== undefined && previous) {
    results[0] = await supersede(access, placement, options.supersedes, previous, drafts);
  }
  if (drafts.size > 0)
    await access.namespace.upsert(await buildRecords(access, [...drafts.values()]), access.signal);
  if (previous?.payload.role) access.tails.set(conversation, previous.id, previous.payload.validFrom);
  return { results };
}

/** The message that this conversation ended with so far, to be re-indexed with what follows it. */
async function findTail(
  access: Access,
  placement: Placement,
  conversation: string,
  first: ParsedMessage | undefined,
  now: number,
): Promise<Draft | undefined> {
  if (!first?.role) return undefined;
  const id = access.tails.get(conversation, first.timestamp ?? now);
  if (id === undefined) return undefined;
  const [record] = await access.namespace.get([id], exactReach(placement), {
    vectors: true,
    ...access.signal,
  });
  const tail = record && decode(record);
  return tail && !isExpired(tail.payload, now) && tail.payload.next === undefined ? tail : undefined;
}

function create(
  id: string,
  placement: Placement,
  message: ParsedMessage,
  options: StoreOptions,
  now: number,
  previous: string | undefined,
): Draft {
  const { text, role, name } = message;
  const payload: Payload = {
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
  return { id, placement, payload };
}

/** The same text again: unchanged, unless the call brings other metadata or another end. */
export function revise(
  known: Draft,
  message: Pick<ParsedMessage, "metadata">,
  options: Pick<ParsedOptions, "metadata" | "expiresAt">,
  now: number,
): Draft {
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

function link(drafts: Map<string, Draft>, previous: Draft, next: string): void {
  if (previous.payload.next !== undefined) return;
  drafts.set(previous.id, { ...previous, payload: { ...previous.payload, next } });
}

async function supersede(
  access: Access,
  placement: Placement,
  old: string,
  next: Draft,
  drafts: Map<string, Draft>,
): Promise<WriteResult> {
  const replaced = await findHolding(access, placement, old);
  if (!replaced) {
    throw new MemoryNotFoundError(
      `No memory ${JSON.stringify(old)} of exactly this scope holds now, so that none can be replaced.`,
      { ids: [old] },
    );
  }
  const { text } = currentRevision(next.payload);
  if (next.id === old) return { status: "unchanged", id: old, text };
  drafts.set(next.id, { ...next, payload: { ...next.payload, supersedes: old } });
  drafts.set(old, close(replaced, next.payload.validFrom, next.id));
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
