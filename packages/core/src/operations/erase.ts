import type { OperationContext } from "../guard/operation-context.ts";
import { placeholderOf } from "../namespace/placeholder.ts";
import { byScopeKey, identityOf } from "../records/build-records.ts";
import { isExpired, type MemoryRecord } from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { writeMemories } from "../records/write-memories.ts";
import { exactScopeFilter, type ScopeFilter } from "../scope/scope-filter.ts";
import { reindexAround } from "./reindex-around.ts";

/**
 * Erases memories, and what other records hold of them, whatever other processes do at the same time:
 * 1. A memory with messages around it gives way to a placeholder without a text, which still names them. Nobody reads its text
 *    from then on.
 * 2. The messages around it are indexed without it. Who has read its text and is about to write one of them meets another
 *    version, or a placeholder where there was nothing, and reads again.
 * 3. It is deleted, and then the reservations for facts that may have been drawn from it.
 * A process that dies in between leaves placeholders, from which the next sweep of expired memories goes on.
 * @param find reads the memories to erase, as they are now
 */
export async function erase(
  context: OperationContext,
  find: (context: OperationContext) => Promise<readonly MemoryRecord[]>,
): Promise<Erased> {
  let erased = 0;
  return repeatOnConflict(context, async (current) => {
    // The first round marks, the second erases what was marked.
    for (let number = 1; ; number++) {
      const doomed = await find(current);
      const round = await eraseRound(current, doomed);
      erased += round.erased;
      if (!round.isDone && number === 2) return conflict;
      if (round.isDone) return { found: doomed.length, erased };
    }
  });
}

/** What was erased. */
export interface Erased {
  /** How many records were found at last. */
  readonly found: number;
  /** How many memories went, without those that had expired. */
  readonly erased: number;
}

/** Erases memories as they were read. Those that were marked or changed meanwhile are left for the next round. */
async function eraseRound(context: OperationContext, doomed: readonly MemoryRecord[]) {
  const identities = new Set(doomed.map(nameOf));
  /** Whether messages around it stay, or are still to come. */
  const isLinked = ({ scopeKey, payload: { previous, next } }: MemoryRecord) =>
    [previous, next].some((id) => id !== undefined && !identities.has(identityOf(id, scopeKey)));
  const now = Date.now();
  const countLive = (memories: readonly MemoryRecord[]) =>
    memories.filter(({ payload }) => !isExpired(payload, now)).length;

  const unmarked = doomed.filter((memory) => isLinked(memory) && memory.payload.placeholder !== "deleted");
  const conflicts = await writeMemories(
    context,
    unmarked.map((memory) => placeholderAt(memory, "deleted", memory.payload)),
  );
  const changed = new Set(conflicts.map(nameOf));
  const marked = unmarked.filter((memory) => !changed.has(nameOf(memory)));

  const ready = doomed.filter((memory) => !unmarked.includes(memory));
  await reindexAround(context, ready, identities);
  const deleted = await deleteRead(context, ready);
  await removeReservations(context, ready);
  return {
    erased: countLive(marked) + Math.min(deleted, countLive(ready)),
    isDone: unmarked.length === 0 && deleted >= ready.length,
  };
}

/** Deletes records that are still as they were read. @returns how many */
async function deleteRead(context: OperationContext, memories: readonly MemoryRecord[]): Promise<number> {
  const { namespace, previousNamespace, signal, log } = context;
  if (memories.length === 0) return 0;
  // The messages around them hold their words in the namespace from before a re-embedding too. A revert copies them back.
  for (const { scopeKey, ids } of previousNamespace ? byScopeKey([...memories, ...linksOf(memories)]) : [])
    await previousNamespace?.delete({ ids, scope: exactScopeFilter(scopeKey), ...signal });
  let deleted = 0;
  for (const group of Map.groupBy(memories, ({ scopeKey }) => identityOf("", scopeKey)).values()) {
    const versions = group.flatMap(({ id, scopeKey, version }) =>
      version === undefined ? [] : [{ id, scopeKey, version }],
    );
    const [first] = versions;
    if (first)
      deleted += await namespace.delete({ scope: exactScopeFilter(first.scopeKey), versions, ...signal });
  }
  for (const { id, scopeKey } of memories) log.note({ id, scopeKey, payload: undefined });
  return deleted;
}

function linksOf(memories: readonly MemoryRecord[]): readonly Pick<MemoryRecord, "id" | "scopeKey">[] {
  return memories.flatMap(({ scopeKey, payload: { previous, next } }) =>
    [previous, next].flatMap((id) => (id === undefined ? [] : [{ id, scopeKey }])),
  );
}

/** Removes the reservations at the scope keys of memories that are gone: who made them looks for their sources again. */
async function removeReservations(
  context: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<void> {
  for (const { scopeKey } of byScopeKey(memories))
    await removeReservationsWithin(context, exactScopeFilter(scopeKey));
}

/** Removes the reservations that a scope filter covers. */
export async function removeReservationsWithin(
  { namespace, signal }: OperationContext,
  scope: ScopeFilter,
): Promise<void> {
  const pages = namespace.pages({ scope, filter: placeholderOf("reserved"), limit: pageSize, ...signal });
  for await (const records of pages)
    if (records.length > 0) await namespace.delete({ scope, versions: records, ...signal });
}

const pageSize = 500;

function nameOf({ id, scopeKey }: Pick<MemoryRecord, "id" | "scopeKey">): string {
  return identityOf(id, scopeKey);
}
