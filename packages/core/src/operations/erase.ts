import type { Filter } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { placeholderOf } from "../namespace/placeholder.ts";
import { buildRecords } from "../records/build-records.ts";
import { findStored } from "../records/find-stored.ts";
import { byScopeKey, nameOf } from "../records/identity.ts";
import { isExpired, type MemoryRecord } from "../records/memory-record.ts";
import { placeholderAt } from "../records/placeholder-at.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { toErasable } from "../records/to-erasable.ts";
import { writeMemories } from "../records/write-memories.ts";
import { exactScopeFilter, type ScopeFilter } from "../scope/scope-filter.ts";
import { reindexAround, writeWithAround } from "./reindex-around.ts";

/**
 * Erases memories, and what other records hold of them, whatever other processes do at the same time:
 * 1. A memory with messages around it gives way to a placeholder without a text, which still names them. Nobody reads its text
 *    from then on.
 * 2. The messages around it are indexed without it, in the same step where the backend has that and nothing is embedded. Who has
 *    read its text and is about to write one of them meets another version, or a placeholder where there was nothing, and reads
 *    again.
 * 3. It is deleted, and then the reservations for facts that may have been drawn from it.
 * What the namespace from before a re-embedding has of it goes too, whether the current one still has it or not.
 * A process that dies in between leaves placeholders, from which the next sweep of expired memories goes on.
 * @param find reads the memories to erase
 * @param isDoomed whether one that was changed meanwhile is still to be erased; default: it is
 */
export async function erase(
  context: OperationContext,
  find: (context: OperationContext) => Promise<readonly MemoryRecord[]>,
  isDoomed: (memory: MemoryRecord) => boolean = () => true,
): Promise<Erased> {
  let found: readonly MemoryRecord[] | undefined;
  let left: readonly MemoryRecord[] | undefined;
  const names = new Set<string>();
  const erased = new Set<string>();
  return repeatOnConflict(context, async (current) => {
    if (!(await eraseFromPrevious(current, find))) return conflict;
    const parted = new Set<string>();
    // The first round marks, the second erases what was marked.
    for (let round = 1; round <= 2; round++) {
      const known = left ? (await findStored(current, left)).map(toErasable) : await find(current);
      found ??= known;
      for (const memory of known)
        if (!left || isDoomed(memory)) names.add(nameOf(memory));
        else names.delete(nameOf(memory));
      const doomed = known.filter((memory) => names.has(nameOf(memory)));
      left = await eraseRound(current, doomed, names, parted, erased);
      if (left.length === 0) return { found, erased: erased.size };
    }
    return conflict;
  });
}

/** What was erased. */
export interface Erased {
  readonly found: readonly MemoryRecord[];
  /** How many memories went, without those that had expired. */
  readonly erased: number;
}

/**
 * Erases memories as they were read. Those that were marked or changed meanwhile are left for the next round.
 * @param identities those of all memories that are to be erased, and that were
 * @param parted the marked memories, each with a message around it that has its words no more; this adds to them
 * @param erased gets the memories that went, without those that had expired
 * @returns those that are left
 */
async function eraseRound(
  context: OperationContext,
  doomed: readonly MemoryRecord[],
  identities: ReadonlySet<string>,
  parted: Set<string>,
  erased: Set<string>,
): Promise<readonly MemoryRecord[]> {
  /** A memory, with each message around it that stays, or is still to come. */
  const linksOf = (memory: MemoryRecord) =>
    around(memory)
      .map(nameOf)
      .filter((name) => !identities.has(name))
      .map((name) => `${nameOf(memory)} ${name}`);
  const now = Date.now();
  const note = (memories: readonly MemoryRecord[], count: number) => {
    const live = memories.filter(({ payload }) => !isExpired(payload, now));
    for (const memory of live.slice(0, count)) erased.add(nameOf(memory));
  };

  const unmarked = doomed.filter(
    (memory) => memory.payload.placeholder !== "deleted" && linksOf(memory).length > 0,
  );
  const marks = unmarked.map((memory) => placeholderAt(memory, "deleted", memory.payload));
  // An embedder may think for long about the messages around: nobody reads the text meanwhile.
  const { failed, isAroundDone } = context.embedder
    ? { failed: new Set((await writeMemories(context, marks)).map(nameOf)), isAroundDone: false }
    : await writeWithAround(context, marks, marks, identities);
  const marked = unmarked.filter((memory) => !failed.has(nameOf(memory)));
  if (isAroundDone) for (const link of marked.flatMap(linksOf)) parted.add(link);
  note(marked, marked.length);

  const isUnmarked = new Set(unmarked);
  const ready = doomed.filter((memory) => !isUnmarked.has(memory));
  const joined = ready.filter((memory) => linksOf(memory).some((link) => !parted.has(link)));
  await reindexAround(context, joined, identities);
  // They were indexed where the organization is now: where it has moved, they still have the words beside what would be deleted here.
  if ((await context.current()).namespace.key !== context.namespace.key) return [...unmarked, ...ready];
  const deleted = await deleteRead(context, ready);
  note(ready, deleted);
  await removeReservations(context, ready);
  return [...unmarked, ...(deleted < ready.length ? ready : [])];
}

/**
 * Leaves placeholders in the namespace from before a re-embedding, of what is found there and of the messages around it, which hold
 * its words. A revert copies those back. @returns whether that was done
 */
async function eraseFromPrevious(
  { previousNamespace: namespace, ...others }: OperationContext,
  find: (context: OperationContext) => Promise<readonly MemoryRecord[]>,
): Promise<boolean> {
  if (!namespace) return true;
  const context = { ...others, namespace, previousNamespace: undefined };
  const doomed = await find(context);
  const beside = (await findStored(context, doomed.flatMap(around))).map(toErasable);
  const left = [...doomed, ...beside].filter(hasText);
  const distinct = new Map(left.map((memory) => [nameOf(memory), memory]));
  const marks = [...distinct.values()].map((memory) => placeholderAt(memory, "deleted", memory.payload));
  const records = await buildRecords(context, marks);
  return (await namespace.upsert({ records, ...context.signal })).length === 0;
}

/** Whether it is no placeholder, which has an expiry from the beginning: what is damaged has none. */
function hasText({ payload }: MemoryRecord): boolean {
  return payload.placeholder === undefined || payload.expiresAt === undefined;
}

/** Deletes records that are still as they were read. @returns how many */
async function deleteRead(
  { namespace, signal, log }: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<number> {
  let deleted = 0;
  for (const { members } of byScopeKey(memories)) {
    const versions = members.flatMap(({ id, scopeKey, version }) =>
      version === undefined ? [] : [{ id, scopeKey, version }],
    );
    const [first] = versions;
    if (first)
      deleted += await namespace.delete({ scope: exactScopeFilter(first.scopeKey), versions, ...signal });
  }
  for (const { id, scopeKey } of memories) log.note({ id, scopeKey, payload: undefined, isChange: false });
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
