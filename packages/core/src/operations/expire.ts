import type { OperationContext } from "../guard/operation-context.ts";
import { toMemoryRecord } from "../records/memory-record.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { deleteMemories } from "./delete.ts";

const batch = 100;

/**
 * Deletes expired memories from the backend when a sweep is due. Reads hide them anyway; this removes the data.
 * Writes call it first.
 */
export async function expireIfDue(context: OperationContext): Promise<void> {
  const { namespace, expiry, locks } = context;
  if (!expiry.isDue(namespace.key)) return;
  await locks.exclusive(namespace.key, async () => {
    expiry.note(namespace.key, false);
    const everything = scopeFilter({}, "within");
    const { records } = await namespace.list({
      scope: everything,
      filter: { type: "range", field: "$expiresAt", operator: "lte", value: Date.now(), negated: false },
      limit: batch,
      ...context.signal,
    });
    if (records.length > 0) await deleteMemories(context, records.map(toMemoryRecord), everything);
    expiry.note(namespace.key, records.length === batch);
  });
}
