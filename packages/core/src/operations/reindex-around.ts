import type { OperationContext } from "../guard/operation-context.ts";
import { buildRecords } from "../records/build-records.ts";
import { findStored } from "../records/find-stored.ts";
import { identityOf, nameOf } from "../records/identity.ts";
import {
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { writeRecords } from "../records/write-memories.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";

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
  let left = messagesAround(memories, gone);
  if (left.size === 0) return;
  await repeatOnConflict(context, async (current) => {
    const reindexed = await buildRecords(current, await readAround(current, left, gone));
    const conflicts = await writeRecords(current, { leading: [], reindexed });
    left = new Map(
      conflicts.flatMap((record) => {
        const around = left.get(nameOf(record));
        return around ? [[nameOf(record), around]] : [];
      }),
    );
    return left.size === 0 ? undefined : conflict;
  });
}

/**
 * Writes changed memories on the condition that each is still as it was read, and then the messages around those whose text is
 * another, or gone, where the backend does both in one step: else they are left to `reindexAround`.
 * @param retold those of the memories whose text has changed
 * @param gone as of `reindexAround`
 */
export async function writeWithAround(
  context: OperationContext,
  memories: readonly MemoryRecord[],
  retold: readonly MemoryRecord[],
  gone: ReadonlySet<string> = new Set(),
): Promise<WrittenAround> {
  const changed = new Set(memories.map(nameOf));
  const around = messagesAround(retold, gone);
  const { ordersWrites } = context.namespace;
  const others = new Map([...around].filter(([name]) => ordersWrites && !changed.has(name)));
  const own = memories.map((memory) => {
    const { vector: _, ...rest } = memory;
    return around.get(nameOf(memory))?.side === "after" ? rest : memory;
  });
  const build = async () =>
    buildRecords(context, [...own, ...(others.size > 0 ? await readAround(context, others, gone) : [])]);
  // An embedder that fails keeps nobody from erasing: `reindexAround` then says why it failed.
  const records = await build().catch(() => buildRecords(context, own));
  const conflicts = await writeRecords(context, {
    leading: records.slice(0, own.length),
    reindexed: records.slice(own.length),
    isChange: true,
  });
  const failed = new Set(conflicts.map(nameOf));
  return {
    failed,
    isAroundDone: ordersWrites && failed.size === 0 && records.length === own.length + others.size,
  };
}

/** What became of changed memories, and of the messages around them. */
export interface WrittenAround {
  /** The identities of those that were not written, since they were changed meanwhile. */
  readonly failed: ReadonlySet<string>;
  /** Whether the messages around need no `reindexAround` any more. */
  readonly isAroundDone: boolean;
}

/** A message, and the side of the changed memory on which it is. */
interface Around {
  readonly id: string;
  readonly scopeKey: ScopeKey;
  readonly side: "before" | "after";
}

/** The messages around some memories, by identity, without those that are gone. */
function messagesAround(
  memories: readonly MemoryRecord[],
  gone: ReadonlySet<string>,
): ReadonlyMap<string, Around> {
  const found = new Map<string, Around>();
  for (const { scopeKey, payload } of memories)
    for (const [side, id] of [["before", payload.previous] as const, ["after", payload.next] as const]) {
      const name = id === undefined ? "" : identityOf(id, scopeKey);
      if (id !== undefined && !gone.has(name)) found.set(name, { id, scopeKey, side });
    }
  return found;
}

/** The same messages as they are to be written: without links to memories that are gone, or as placeholders. */
async function readAround(
  context: OperationContext,
  around: ReadonlyMap<string, Around>,
  gone: ReadonlySet<string>,
): Promise<readonly MemoryRecord[]> {
  const stored = (await findStored(context, around.values(), { vectors: true })).map(toMemoryRecord);
  const found = new Map(stored.map((memory) => [nameOf(memory), memory]));
  const now = Date.now();
  return [...around].map(([name, { id, scopeKey, side }]): MemoryRecord => {
    const memory = found.get(name);
    if (!memory) return placeholderAt({ id, scopeKey }, "barred");
    const { payload, vector, ...rest } = memory;
    // Another version suffices: who has read the one before reads again.
    if (isExpired(payload, now)) return placeholderAt(memory, payload.placeholder ?? "deleted", payload);
    // The words before a message are part of its vector, those after it are not.
    const kept = side === "before" && vector ? { vector } : {};
    return { ...rest, payload: unlink(payload, scopeKey, gone), ...kept };
  });
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
