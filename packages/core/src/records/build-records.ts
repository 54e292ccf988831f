import type { Access } from "../guard/guard.ts";
import { exactReach, type Placement } from "../scope/scope-filter.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { documentTerms } from "../text/tokenize.ts";
import { currentRevision, type Draft, decode, fieldsOf, isExpired, type Payload } from "./memory-record.ts";

/** The messages around a memory, which help to find it and are never returned as its text. */
interface Context {
  readonly before?: Payload;
  readonly after?: Payload;
}

/**
 * Turns memories into records: their words and those of their neighbours, and their vectors. Neighbours are
 * looked up at exactly the memory's own placement, so that context never comes from another scope.
 * @param around memories that are not stored yet, and may be neighbours
 */
export async function buildRecords(
  access: Access,
  drafts: readonly Draft[],
  around: readonly Draft[] = [],
): Promise<readonly VectorRecord[]> {
  const neighbours = await findNeighbours(access, drafts, around);
  const contexts = drafts.map(({ placement, payload }): Context => {
    const before = payload.previous && neighbours.get(identify(payload.previous, placement));
    const after = payload.next && neighbours.get(identify(payload.next, placement));
    return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  });
  const vectors = await embedDrafts(access, drafts, contexts);
  const termsOf = rememberTerms();
  return drafts.map(({ id, placement, payload }, index) => {
    const { before, after } = contexts[index] ?? {};
    const vector = vectors[index];
    return {
      id,
      namespace: access.namespace.key,
      placement,
      fields: fieldsOf(payload),
      keywords: {
        own: termsOf(payload),
        before: before ? termsOf(before) : [],
        after: after ? termsOf(after) : [],
      },
      payload: JSON.stringify(payload),
      ...(vector ? { vector } : {}),
    };
  });
}

/** Names a memory within its namespace. */
export function identify(id: string, { user, agent, run }: Placement): string {
  // No part can hold a NUL: ids and identifiers with control characters are refused.
  return `${id}\0${user}\0${agent}\0${run}`;
}

/** The ids of memories by where they are, for calls that take one place at a time. */
export function* byPlacement(
  memories: Iterable<{ readonly id: string; readonly placement: Placement }>,
): Generator<{ readonly placement: Placement; readonly ids: readonly string[] }> {
  for (const [first, ...rest] of Map.groupBy(memories, ({ placement }) => identify("", placement)).values())
    if (first) yield { placement: first.placement, ids: [first, ...rest].map(({ id }) => id) };
}

async function findNeighbours(
  access: Access,
  drafts: readonly Draft[],
  around: readonly Draft[],
): Promise<ReadonlyMap<string, Payload>> {
  const found = new Map(
    [...around, ...drafts].map(({ id, placement, payload }) => [identify(id, placement), payload]),
  );
  const missing = new Map<string, { readonly placement: Placement; readonly ids: string[] }>();
  for (const { placement, payload } of drafts) {
    const ids = [payload.previous, payload.next].filter((id) => id !== undefined);
    const group = missing.get(identify("", placement)) ?? { placement, ids: [] };
    group.ids.push(...ids.filter((id) => !found.has(identify(id, placement))));
    missing.set(identify("", placement), group);
  }
  const now = Date.now();
  for (const { placement, ids } of missing.values()) {
    for (const record of await access.namespace.get(ids, exactReach(placement), access.signal)) {
      const { id, payload } = decode(record);
      if (!isExpired(payload, now)) found.set(identify(id, placement), payload);
    }
  }
  return found;
}

async function embedDrafts(
  { embedder, signal }: Access,
  drafts: readonly Draft[],
  contexts: readonly Context[],
): Promise<readonly (Float32Array | undefined)[]> {
  if (!embedder) return [];
  const texts = drafts.flatMap(({ payload, vector }, index) =>
    vector ? [] : [textToEmbed(payload, contexts[index]?.before)],
  );
  const embedded = (await embedder.embed(texts, { purpose: "document", ...signal })).values();
  return drafts.map(({ vector }) => vector ?? embedded.next().value);
}

/** A message is embedded with its day and the message before it, its own text first. */
function textToEmbed(payload: Payload, before: Payload | undefined): string {
  if (!payload.role || payload.inferredBy) return spoken(payload);
  const day = new Date(payload.validFrom).toISOString().slice(0, 10);
  return `[${day}] ${spoken(payload)}${before ? `\n${spoken(before)}` : ""}`;
}

function spoken(payload: Payload): string {
  const { text } = currentRevision(payload);
  // A fact says itself whom it is about.
  return payload.name && !payload.inferredBy ? `${payload.name}: ${text}` : text;
}

/** Each message is read as itself and as its two neighbours' context, and tokenized once. */
function rememberTerms(): (payload: Payload) => readonly string[] {
  const remembered = new Map<Payload, readonly string[]>();
  return (payload) => {
    const terms = remembered.get(payload) ?? documentTerms(spoken(payload));
    remembered.set(payload, terms);
    return terms;
  };
}
