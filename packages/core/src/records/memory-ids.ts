import type { OperationContext } from "../guard/operation-context.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import { digest, uuid } from "../store/digest.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { currentRevision, isExpired, type MemoryRecord, toMemoryRecord } from "./memory-record.ts";

/**
 * Finds the id of each text. The id is a hash of scope and text, so a repeated add finds what the first one stored.
 * When a memory with a changed or replaced text has that id, the next id is tried. An id with an expired memory is free once
 * the messages around that are indexed without it.
 */
export async function resolveMemoryIds(
  context: OperationContext,
  texts: readonly string[],
  scopeKey: ScopeKey,
  now: number,
): Promise<readonly MemoryId[]> {
  const memoryIds = new Map<string, MemoryId>();
  const open = new Set(texts);
  for (let attempt = 0; open.size > 0; attempt++) {
    const ids = new Map<string, string>();
    for (const text of open) {
      if (isTurnOver()) await nextTurn();
      ids.set(text, memoryId(context.namespace.idSalt, scopeKey, text, attempt));
    }
    const records = await context.namespace.get({
      ids: [...ids.values()],
      scope: exactScopeFilter(scopeKey),
      vectors: true,
      ...context.signal,
    });
    const taken = new Map(records.map((record) => [record.id, toMemoryRecord(record)]));
    for (const [text, id] of ids) {
      const place = placeOf(id, taken.get(id), now);
      const { stored } = place;
      if (stored && (currentRevision(stored.payload).text !== text || stored.payload.validTo !== undefined))
        continue;
      memoryIds.set(text, place);
      open.delete(text);
    }
  }
  return texts.map((text) => memoryIds.get(text) as MemoryId);
}

/** The id under which a memory is or will be stored. */
export interface MemoryId {
  readonly id: string;
  /** The live memory with that id, if it exists. */
  readonly stored?: MemoryRecord;
  /** The version of what lies there, if that may be written over. */
  readonly version?: string;
  /** An expired memory that has to be erased first. */
  readonly expired?: MemoryRecord;
}

/** What may be written under an id, where this lies there. */
export function placeOf(id: string, stored: MemoryRecord | undefined, now: number): MemoryId {
  if (!stored) return { id };
  if (!isExpired(stored.payload, now)) return { id, stored };
  const { previous, next } = stored.payload;
  if (previous !== undefined || next !== undefined) return { id, expired: stored };
  return stored.version === undefined ? { id } : { id, version: stored.version };
}

function memoryId(salt: string, { user, agent, run }: ScopeKey, text: string, attempt: number): string {
  const parts = ["memory", user, agent, run, text, String(attempt)];
  return uuid(digest(...parts, ...(salt === "" ? [] : [salt])));
}
