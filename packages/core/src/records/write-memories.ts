import type { OperationContext } from "../guard/operation-context.ts";
import { exactScopeFilter } from "../scope/scope-filter.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { buildRecords, byScopeKey, identityOf } from "./build-records.ts";
import type { MemoryRecord } from "./memory-record.ts";

/**
 * Writes changed memories on the condition that each is still as it was read, or still not there.
 * @returns the conflicts
 */
export async function writeMemories(
  context: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<readonly VectorRecord[]> {
  return writeRecords(context, await buildRecords(context, memories));
}

/**
 * The same for records that were built before. A conflict with itself is none: a request whose answer was lost is repeated, and
 * finds what the first one has written. The payloads have to differ from those that were read.
 */
export async function writeRecords(
  context: OperationContext,
  records: readonly VectorRecord[],
): Promise<readonly VectorRecord[]> {
  if (records.length === 0) return [];
  const { namespace, signal, log } = context;
  let conflicts = await namespace.upsert({ records, ...signal });
  if (conflicts.length > 0) {
    const stored = new Map<string, string>();
    for (const { scopeKey, ids } of byScopeKey(conflicts))
      for (const record of await namespace.get({ ids, scope: exactScopeFilter(scopeKey), ...signal }))
        stored.set(identityOf(record.id, record.scopeKey), record.payload);
    conflicts = conflicts.filter(
      ({ id, scopeKey, payload }) => stored.get(identityOf(id, scopeKey)) !== payload,
    );
  }
  const failed = new Set(conflicts);
  for (const record of records) if (!failed.has(record)) log.note(record);
  return conflicts;
}
