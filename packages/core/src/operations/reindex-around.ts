import type { OperationContext } from "../guard/operation-context.ts";
import { buildRecords, byScopeKey, identityOf } from "../records/build-records.ts";
import {
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";

/**
 * Indexes the messages before and after some memories again, which were indexed with the words of these, once they have changed
 * or gone. Where there is no such message yet, a placeholder stops who has read the old words and is about to write it.
 * @param gone the identities of memories that nothing links to any more; default: none
 */
export async function reindexAround(
  context: OperationContext,
  memories: readonly MemoryRecord[],
  gone: ReadonlySet<string> = new Set(),
): Promise<void> {
  let left = new Map<string, Around>();
  for (const { scopeKey, payload } of memories)
    for (const [side, id] of [["before", payload.previous] as const, ["after", payload.next] as const]) {
      const name = id === undefined ? "" : identityOf(id, scopeKey);
      if (id !== undefined && !gone.has(name)) left.set(name, { id, scopeKey, side });
    }
  if (left.size === 0) return;
  await repeatOnConflict(context, async (current) => {
    const { namespace, signal } = current;
    const found = new Map<string, MemoryRecord>();
    for (const { scopeKey, ids } of byScopeKey(left.values()))
      for (const record of await namespace.get({
        ids,
        scope: exactScopeFilter(scopeKey),
        vectors: true,
        ...signal,
      }))
        found.set(identityOf(record.id, record.scopeKey), toMemoryRecord(record));
    const now = Date.now();
    const rewritten = [...left].map(([name, { id, scopeKey, side }]): MemoryRecord => {
      const memory = found.get(name);
      if (!memory) return placeholderAt({ id, scopeKey }, "barred");
      const { payload, vector, ...rest } = memory;
      // Another version suffices: who has read the one before reads again.
      if (isExpired(payload, now)) return placeholderAt(memory, payload.placeholder ?? "deleted", payload);
      // The words before a message are part of its vector, those after it are not.
      const kept = side === "before" && vector ? { vector } : {};
      return { ...rest, payload: unlink(payload, scopeKey, gone), ...kept };
    });
    const records = await buildRecords(current, rewritten);
    const conflicts = await namespace.upsert({ records, ...signal });
    const failed = new Set(conflicts);
    for (const record of records) if (!failed.has(record)) current.log.note(record);
    left = new Map(
      conflicts.flatMap(({ id, scopeKey }) => {
        const around = left.get(identityOf(id, scopeKey));
        return around ? [[identityOf(id, scopeKey), around]] : [];
      }),
    );
    return left.size === 0 ? undefined : conflict;
  });
}

/** A message, and the side of the changed memory on which it is. */
interface Around {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly side: "before" | "after";
}

/** A payload without its links to memories that are gone. */
function unlink(payload: MemoryPayload, scopeKey: ScopeKey, gone: ReadonlySet<string>): MemoryPayload {
  const { previous, next, ...rest } = payload;
  const isGone = (id: string) => gone.has(identityOf(id, scopeKey));
  return {
    ...rest,
    ...(previous !== undefined && !isGone(previous) ? { previous } : {}),
    ...(next !== undefined && !isGone(next) ? { next } : {}),
  };
}
