import type { OperationContext } from "../guard/operation-context.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import { digest, uuid } from "../store/digest.ts";
import { currentRevision, isExpired, type MemoryRecord, toMemoryRecord } from "./memory-record.ts";

/** Where a text is stored, or would be. */
export interface MemoryId {
  readonly id: string;
  /** The live memory of the same text that is there already. */
  readonly stored?: MemoryRecord;
}

/**
 * Finds the id of each text. It follows from scope and text, so that a repeated add meets what the first one
 * stored. Where that id is taken by a memory whose text was changed or replaced since, the next one is tried.
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
    const ids = new Map(
      [...open].map((text) => [text, memoryId(context.namespace.idSalt, scopeKey, text, attempt)]),
    );
    const records = await context.namespace.get({
      ids: [...ids.values()],
      scope: exactScopeFilter(scopeKey),
      vectors: true,
      ...context.signal,
    });
    const taken = new Map(records.map((record) => [record.id, toMemoryRecord(record)]));
    for (const [text, id] of ids) {
      const stored = taken.get(id);
      if (!stored || isExpired(stored.payload, now)) memoryIds.set(text, { id });
      else if (currentRevision(stored.payload).text === text && stored.payload.validTo === undefined)
        memoryIds.set(text, { id, stored });
      else continue;
      open.delete(text);
    }
  }
  return texts.map((text) => memoryIds.get(text) as MemoryId);
}

function memoryId(salt: string, { user, agent, run }: ScopeKey, text: string, attempt: number): string {
  const parts = ["memory", user, agent, run, text, String(attempt)];
  return uuid(digest(...parts, ...(salt === "" ? [] : [salt])));
}
