import type { OperationContext } from "../guard/operation-context.ts";
import { type ScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import { type MemoryRecord, toMemoryRecord } from "./memory-record.ts";

/**
 * The memories with these ids that a write may change, with their vectors.
 * @param scope where they may be; default: at the operation's scope and below it
 */
export async function findWritable(
  context: OperationContext,
  ids: readonly string[],
  scope: ScopeFilter = scopeFilter(context.scope.inner, "within"),
): Promise<readonly MemoryRecord[]> {
  const records = await context.namespace.get({
    ids,
    scope,
    vectors: true,
    ...context.signal,
  });
  return records.map(toMemoryRecord);
}
