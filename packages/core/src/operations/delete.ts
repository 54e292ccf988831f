import type { OperationContext } from "../guard/operation-context.ts";
import { buildRecords, byScopeKey, identityOf } from "../records/build-records.ts";
import { type DeleteResult, nothingDeleted } from "../records/delete-result.ts";
import { findAdjacent, findWritable } from "../records/find-memories.ts";
import type { MemoryPayload, MemoryRecord } from "../records/memory-record.ts";
import { exactScopeFilter, type ScopeFilter, type ScopeKey, scopeFilter } from "../scope/scope-filter.ts";

/** Deletes memories at the scope and below it, by their ids. */
export async function remove(context: OperationContext, ids: readonly string[]): Promise<DeleteResult> {
  return context.locks.exclusive(context.namespace.key, async () =>
    deleteMemories(context, await findWritable(context, ids), scopeFilter(context.scope.inner, "within")),
  );
}

/** Deletes everything at the scope and below it. */
export async function removeAll(context: OperationContext): Promise<DeleteResult> {
  const { namespace, previousNamespace, signal } = context;
  const scope = scopeFilter(context.scope.inner, "within");
  return context.locks.exclusive(namespace.key, async () => {
    await previousNamespace?.delete({ scope, ...signal });
    return toResult(context, await namespace.delete({ scope, ...signal }));
  });
}

/**
 * Deletes memories that were read before. First re-indexes the adjacent messages, which contain their words.
 * @param scope covers all of them
 */
export async function deleteMemories(
  context: OperationContext,
  doomed: readonly MemoryRecord[],
  scope: ScopeFilter,
): Promise<DeleteResult> {
  const { namespace, previousNamespace, signal } = context;
  if (doomed.length === 0) return nothingDeleted;
  const relinked = (await findAdjacent(context, doomed)).map((memory) => unlink(memory, doomed));
  if (relinked.length > 0)
    await namespace.upsert({ records: await buildRecords(context, relinked), ...signal });
  // In the previous namespace, the adjacent messages contain these words too, so they are deleted there. A revert
  // copies them back from the current namespace.
  for (const { scopeKey, ids } of previousNamespace ? byScopeKey([...doomed, ...relinked]) : [])
    await previousNamespace?.delete({ ids, scope: exactScopeFilter(scopeKey), ...signal });
  const ids = doomed.map(({ id }) => id);
  return toResult(context, await namespace.delete({ ids, scope, ...signal }));
}

function toResult(context: OperationContext, deleted: number): DeleteResult {
  return deleted === 0 ? nothingDeleted : { deleted, residue: context.namespace.residue };
}

function unlink(memory: MemoryRecord, doomed: readonly MemoryRecord[]): MemoryRecord {
  const isDoomed = (id: string | undefined, scopeKey: ScopeKey) =>
    doomed.some(
      (other) => other.id === id && identityOf(id, scopeKey) === identityOf(other.id, other.scopeKey),
    );
  const { previous, next, ...rest } = memory.payload;
  const payload: MemoryPayload = {
    ...rest,
    ...(previous && !isDoomed(previous, memory.scopeKey) ? { previous } : {}),
    ...(next && !isDoomed(next, memory.scopeKey) ? { next } : {}),
  };
  return { ...memory, payload };
}
