import type { OperationContext } from "../guard/operation-context.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
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
