import type { OperationContext } from "../guard/operation-context.ts";
import type { WriteEntry } from "../guard/write-log.ts";
import { findStored } from "../records/find-stored.ts";
import { byScopeKey, nameOf } from "../records/identity.ts";
import { type MemoryPayload, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { writeMemories } from "../records/write-memories.ts";
import { exactScopeFilter } from "../scope/scope-filter.ts";
import { sameJson } from "../util/same-json.ts";
import { eraseByIds } from "./delete.ts";
import { reindexAround } from "./reindex-around.ts";

/**
 * Writes what an operation has written into the namespace that its organization has been moved to, since the copy may have missed
 * it. What was changed there since is left as it is.
 */
export async function repeatWrites(context: OperationContext): Promise<void> {
  const settled = { ...context, current: async () => context };
  const { entries } = context.log;
  const deleted = entries.filter(({ payload }) => payload === undefined);
  for (const { scopeKey, ids } of byScopeKey(deleted))
    await eraseByIds(settled, ids, exactScopeFilter(scopeKey));
  const written = entries.filter(({ payload }) => payload !== undefined);
  if (written.length === 0) return;
  const memories = await repeatOnConflict(settled, async (current) => {
    const found = (await findStored(current, written)).map(toMemoryRecord);
    const stored = new Map(found.map((memory) => [nameOf(memory), memory]));
    const missing = written.flatMap((entry) => merge(entry, stored.get(nameOf(entry))));
    return (await writeMemories(current, missing)).length > 0 ? conflict : missing;
  });
  await reindexAround(settled, memories);
}

/**
 * The memory to write: the one that was written, where what is stored is an earlier state of it, or where there is nothing, unless
 * another process has deleted it.
 */
function merge(
  { id, scopeKey, payload: text, isChange }: WriteEntry,
  stored: MemoryRecord | undefined,
): readonly MemoryRecord[] {
  const payload = JSON.parse(text ?? "") as MemoryPayload;
  if (payload.placeholder) return [];
  if (!stored) return isChange ? [] : [{ id, scopeKey, payload }];
  const last = stored.payload.revisions.at(-1);
  const isEarlier = !stored.payload.placeholder && payload.revisions.some((one) => sameJson(one, last));
  return isEarlier && !sameJson(payload, stored.payload) ? [{ ...stored, payload }] : [];
}
