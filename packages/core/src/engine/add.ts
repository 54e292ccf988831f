import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { ParsedMessage } from "../input/messages.ts";
import type { Metadata } from "../input/metadata.ts";
import type { ParsedOptions } from "../input/options.ts";
import { digest, uuid } from "../namespace/digest.ts";
import { exactReach, type Placement, placementOf } from "../scope/reach.ts";
import type { Access } from "./access.ts";
import { buildRecords, identify } from "./indexing.ts";
import { currentRevision, type Draft, decode, isExpired, type Payload } from "./payload.ts";

/** What became of one memory in a write. */
export type WriteResult =
  | { readonly status: "added" | "updated" | "unchanged"; readonly id: string; readonly text: string }
  | {
      readonly status: "superseded";
      readonly id: string;
      readonly text: string;
      readonly supersedes: string;
    };

/** What `add` did, one result for each message, in their order. */
export interface AddResult {
  readonly results: readonly WriteResult[];
}

/** Stores each message as it is, once for each text and scope. */
export async function add(
  access: Access,
  messages: readonly ParsedMessage[],
  options: ParsedOptions,
): Promise<AddResult> {
  const placement = placementOf(access.scope.inner);
  const { key } = access.namespace;
  const conversation = `${key} ${identify("", placement)}`;
  if (access.sweeper.isDue(key)) await access.locks.exclusive(key, () => access.sweeper.sweep(access));
  // Adds to one placement follow one another, so that none misses what another has just stored.
  return access.locks.shared(key, () =>
    access.locks.exclusive(conversation, () =>
      addInOrder(access, messages, options, placement, conversation),
    ),
  );
}

async function addInOrder(
  access: Access,
  messages: readonly ParsedMessage[],
  options: ParsedOptions,
  placement: Placement,
  conversation: string,
): Promise<AddResult> {
  const now = Date.now();
  const slots = await findSlots(access, messages, placement, now);
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

interface Slot {
  readonly id: string;
  /** The live memory of the same text that is there already. */
  readonly stored?: Draft;
}

/**
 * Finds the id of each text. It follows from scope and text, so that a repeated add meets what the first one
 * stored. Where that id is taken by a memory whose text was changed or replaced since, the next one is tried.
 */
async function findSlots(
  access: Access,
  messages: readonly ParsedMessage[],
  placement: Placement,
  now: number,
): Promise<readonly Slot[]> {
  const slots = new Map<string, Slot>();
  const open = new Set(messages.map(({ text }) => text));
  for (let attempt = 0; open.size > 0; attempt++) {
    const ids = new Map([...open].map((text) => [text, memoryId(placement, text, attempt)]));
    const records = await access.namespace.get([...ids.values()], exactReach(placement), {
      vectors: true,
      ...access.signal,
    });
    const taken = new Map(records.map((record) => [record.id, decode(record)]));
    for (const [text, id] of ids) {
      const stored = taken.get(id);
      if (!stored || isExpired(stored.payload, now)) slots.set(text, { id });
      else if (currentRevision(stored.payload).text === text && stored.payload.validTo === undefined)
        slots.set(text, { id, stored });
      else continue;
      open.delete(text);
    }
  }
  return messages.map(({ text }) => slots.get(text) as Slot);
}

function memoryId({ user, agent, run }: Placement, text: string, attempt: number): string {
  return uuid(digest("memory", user, agent, run, text, String(attempt)));
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
  options: ParsedOptions,
  now: number,
  previous: string | undefined,
): Draft {
  const { text, role, name } = message;
  const payload: Payload = {
    version: 1,
    ...(role ? { role } : {}),
    ...(name ? { name } : {}),
    createdAt: now,
    validFrom: message.timestamp ?? now,
    ...(typeof options.expiresAt === "number" ? { expiresAt: options.expiresAt } : {}),
    ...(previous ? { previous } : {}),
    revisions: [{ event: "added", at: now, text, metadata: merged(message, options) ?? {} }],
  };
  return { id, placement, payload };
}

/** The same text again: unchanged, unless the call brings other metadata or another end. */
function revise(known: Draft, message: ParsedMessage, options: ParsedOptions, now: number): Draft {
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
  const [record] = await access.namespace.get([old], exactReach(placement), {
    vectors: true,
    ...access.signal,
  });
  const replaced = record && decode(record);
  if (!replaced || isExpired(replaced.payload, Date.now()) || replaced.payload.validTo !== undefined) {
    throw new MemoryNotFoundError(
      `No memory ${JSON.stringify(old)} of exactly this scope holds now, so that none can be replaced.`,
      { ids: [old] },
    );
  }
  const { text } = currentRevision(next.payload);
  if (next.id === old) return { status: "unchanged", id: old, text };
  const current = currentRevision(replaced.payload);
  drafts.set(next.id, { ...next, payload: { ...next.payload, supersedes: old } });
  drafts.set(old, {
    ...replaced,
    payload: {
      ...replaced.payload,
      validTo: Math.max(next.payload.validFrom, replaced.payload.validFrom),
      supersededBy: next.id,
      revisions: [...replaced.payload.revisions, { ...current, event: "superseded", at: Date.now() }],
    },
  });
  return { status: "superseded", id: next.id, text, supersedes: old };
}

function merged(message: ParsedMessage, options: ParsedOptions): Metadata | undefined {
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
