import type { Filter } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { placeholderOf } from "../namespace/placeholder.ts";
import { byScopeKey, identityOf } from "../records/build-records.ts";
import { isExpired, type MemoryRecord } from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { exactScopeFilter, type ScopeFilter } from "../scope/scope-filter.ts";
import { reindexAround, writeWithAround } from "./reindex-around.ts";

/**
 * Erases memories, and what other records hold of them, whatever other processes do at the same time:
 * 1. A memory with messages around it gives way to a placeholder without a text, which still names them. Nobody reads its text
 *    from then on.
 * 2. The messages around it are indexed without it, in the same step where the backend has that. Who has read its text and is about
 *    to write one of them meets another version, or a placeholder where there was nothing, and reads again.
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
    const parted = new Set<string>();
    // The first round marks, the second erases what was marked.
    for (let number = 1; ; number++) {
      const doomed = await find(current);
      const round = await eraseRound(current, doomed, parted);
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

/**
 * Erases memories as they were read. Those that were marked or changed meanwhile are left for the next round.
 * @param parted the marked memories, each with a message around it that has its words no more; this adds to them
 */
async function eraseRound(
  context: OperationContext,
  doomed: readonly MemoryRecord[],
  parted: Set<string>,
): Promise<{ readonly erased: number; readonly isDone: boolean }> {
  const identities = new Set(doomed.map(nameOf));
  /** A memory, with each message around it that stays, or is still to come. */
  const linksOf = (memory: MemoryRecord) =>
    around(memory)
      .map(nameOf)
      .filter((name) => !identities.has(name))
      .map((name) => `${nameOf(memory)} ${name}`);
  const now = Date.now();
  const countLive = (memories: readonly MemoryRecord[]) =>
    memories.filter(({ payload }) => !isExpired(payload, now)).length;

  const unmarked = doomed.filter(
    (memory) => memory.payload.placeholder !== "deleted" && linksOf(memory).length > 0,
  );
  const marks = unmarked.map((memory) => placeholderAt(memory, "deleted", memory.payload));
  const { failed, isAroundDone } = await writeWithAround(context, marks, marks, identities);
  const marked = unmarked.filter((memory) => !failed.has(nameOf(memory)));
  if (isAroundDone) for (const link of marked.flatMap(linksOf)) parted.add(link);

  const ready = doomed.filter((memory) => !unmarked.includes(memory));
  const joined = ready.filter((memory) => linksOf(memory).some((link) => !parted.has(link)));
  await reindexAround(context, joined, identities);
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
  for (const { scopeKey, ids } of previousNamespace
    ? byScopeKey([...memories, ...memories.flatMap(around)])
    : [])
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

/** What a memory names as the messages around it. */
function around({
  scopeKey,
  payload: { previous, next },
}: MemoryRecord): readonly Pick<MemoryRecord, "id" | "scopeKey">[] {
  return [previous, next].flatMap((id) => (id === undefined ? [] : [{ id, scopeKey }]));
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
  // A placeholder is past its expiry from the beginning, which backends see faster than its kind.
  const isOver: Filter = { type: "range", field: "$expiresAt", operator: "lte", value: 0, negated: false };
  const filter: Filter = { type: "and", filters: [isOver, placeholderOf("reserved")] };
  const pages = namespace.pages({ scope, filter, limit: pageSize, ...signal });
  for await (const records of pages)
    if (records.length > 0) await namespace.delete({ scope, versions: records, ...signal });
}

const pageSize = 500;

function nameOf({ id, scopeKey }: Pick<MemoryRecord, "id" | "scopeKey">): string {
  return identityOf(id, scopeKey);
}
