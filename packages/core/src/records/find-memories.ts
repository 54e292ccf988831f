import type { OperationContext } from "../guard/operation-context.ts";
import { exactScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import { identityOf } from "./build-records.ts";
import { type MemoryRecord, toMemoryRecord } from "./memory-record.ts";

/** The memories with these ids that a write at the scope may change, with their vectors. */
export async function findWritable(
  context: OperationContext,
  ids: readonly string[],
): Promise<readonly MemoryRecord[]> {
  const records = await context.namespace.get({
    ids,
    scope: scopeFilter(context.scope.inner, "within"),
    vectors: true,
    ...context.signal,
  });
  return records.map(toMemoryRecord);
}

/**
 * The messages before and after the given ones, which are indexed with them. Without vectors, so they are embedded
 * again.
 */
export async function findAdjacent(
  context: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<readonly MemoryRecord[]> {
  const known = new Set(memories.map(({ id, scopeKey }) => identityOf(id, scopeKey)));
  const adjacent = new Map<string, MemoryRecord>();
  for (const { scopeKey, payload } of memories) {
    const ids = [payload.previous, payload.next].filter(
      (id) => id !== undefined && !known.has(identityOf(id, scopeKey)),
    );
    const scope = exactScopeFilter(scopeKey);
    for (const record of await context.namespace.get({ ids: ids as string[], scope, ...context.signal }))
      adjacent.set(identityOf(record.id, scopeKey), toMemoryRecord(record));
  }
  return [...adjacent.values()];
}
