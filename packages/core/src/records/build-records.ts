import { maxPause } from "../guard/last-messages.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { documentTerms } from "../text/tokenize.ts";
import { dayOf } from "../util/days.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { findStored } from "./find-stored.ts";
import { identityOf, nameOf } from "./identity.ts";
import {
  currentRevision,
  fieldsOf,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "./memory-record.ts";

/**
 * Turns memories into records with keywords and vectors, to be written on the condition that each memory is still as it was read.
 * Looks up neighbours at exactly the memory's own scope key, so context never comes from another scope. It does so after the
 * memories were read: who deletes a neighbour deletes it first and writes the memories around it then, so that either the
 * neighbour is not found here, or the write conflicts.
 * @param around memories that are not stored yet and may be neighbours
 */
export async function buildRecords(
  context: OperationContext,
  memories: readonly MemoryRecord[],
  around: readonly MemoryRecord[] = [],
): Promise<readonly VectorRecord[]> {
  const neighbours = await findContextMessages(context, memories, around);
  // Only a message that names it back: whoever deletes that one then finds what is indexed with it. Notes of other days, which one
  // call may bring, are linked to keep their order, but have nothing to do with it.
  const contextOf = ({ id, scopeKey, payload }: MemoryRecord): Context => {
    if (payload.placeholder) return {};
    const before = payload.previous && neighbours.get(identityOf(payload.previous, scopeKey));
    const after = payload.next && neighbours.get(identityOf(payload.next, scopeKey));
    const isNear = (other: MemoryPayload) =>
      !other.placeholder && Math.abs(other.validFrom - payload.validFrom) <= maxPause;
    return {
      ...(before && before.next === id && isNear(before) ? { before } : {}),
      ...(after && after.previous === id && isNear(after) ? { after } : {}),
    };
  };
  const contexts: Context[] = [];
  for (const memory of memories) {
    if (isTurnOver()) await nextTurn();
    contexts.push(contextOf(memory));
  }
  const vectors = await embedMemories(context, memories, contexts);
  const termsOf = cachedTerms();
  const records: VectorRecord[] = [];
  for (const [index, { id, scopeKey, payload, version }] of memories.entries()) {
    if (isTurnOver()) await nextTurn();
    const { before, after } = contexts[index] ?? {};
    const vector = vectors[index];
    records.push({
      id,
      expected: version === undefined ? "absent" : { version },
      namespace: context.namespace.key,
      scopeKey,
      fields: fieldsOf(payload),
      keywords: {
        own: payload.placeholder ? [] : termsOf(payload),
        before: before ? termsOf(before) : [],
        after: after ? termsOf(after) : [],
      },
      payload: JSON.stringify(payload),
      ...(vector ? { vector } : {}),
    });
  }
  return records;
}

/** The messages around a memory. They help to find it and are never returned as its text. */
interface Context {
  readonly before?: MemoryPayload;
  readonly after?: MemoryPayload;
}

async function findContextMessages(
  context: OperationContext,
  memories: readonly MemoryRecord[],
  around: readonly MemoryRecord[],
): Promise<ReadonlyMap<string, MemoryPayload>> {
  const now = Date.now();
  const found = new Map<string, MemoryPayload>();
  for (const memory of [...around, ...memories]) {
    if (isTurnOver()) await nextTurn();
    found.set(nameOf(memory), memory.payload);
  }
  const missing: Pick<MemoryRecord, "id" | "scopeKey">[] = [];
  for (const { scopeKey, payload } of memories) {
    if (isTurnOver()) await nextTurn();
    if (payload.placeholder) continue;
    for (const id of [payload.previous, payload.next])
      if (id !== undefined && !found.has(identityOf(id, scopeKey))) missing.push({ id, scopeKey });
  }
  for (const record of await findStored(context, missing)) {
    const memory = toMemoryRecord(record);
    if (!isExpired(memory.payload, now)) found.set(nameOf(memory), memory.payload);
  }
  return found;
}

async function embedMemories(
  { embedder, signal, timeZone, vectors: known = new Map() }: OperationContext,
  memories: readonly MemoryRecord[],
  contexts: readonly Context[],
): Promise<readonly (Float32Array | undefined)[]> {
  if (!embedder) return [];
  const texts: (string | undefined)[] = [];
  for (const [index, { payload, vector }] of memories.entries()) {
    if (isTurnOver()) await nextTurn();
    texts.push(
      vector || payload.placeholder ? undefined : textToEmbed(payload, contexts[index]?.before, timeZone),
    );
  }
  const missing = [...new Set(texts.filter((text) => text !== undefined && !known.has(text)))] as string[];
  const embedded =
    missing.length > 0 ? await embedder.embed(missing, { purpose: "document", ...signal }) : [];
  for (const [index, text] of missing.entries()) known.set(text, embedded[index] as Float32Array);
  return memories.map(({ vector }, index) => {
    const text = texts[index];
    return text === undefined ? vector : known.get(text);
  });
}

/** A message is embedded with its day and the message before it, its own text first. */
function textToEmbed(payload: MemoryPayload, before: MemoryPayload | undefined, timeZone: string): string {
  if (!payload.role || payload.inferredBy) return spoken(payload);
  const day = dayOf(payload.validFrom, timeZone);
  return `[${day}] ${spoken(payload)}${before ? `\n${spoken(before)}` : ""}`;
}

function spoken(payload: MemoryPayload): string {
  const { text } = currentRevision(payload);
  // A fact already names its subject.
  return payload.name && !payload.inferredBy ? `${payload.name}: ${text}` : text;
}

/** Tokenizes each message once, although it is also the context of two neighbours. */
function cachedTerms(): (payload: MemoryPayload) => readonly string[] {
  const cache = new Map<MemoryPayload, readonly string[]>();
  return (payload) => {
    const terms = cache.get(payload) ?? documentTerms(spoken(payload));
    cache.set(payload, terms);
    return terms;
  };
}
