import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { OperationContext } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { buildRecords, byScopeKey, identityOf } from "../records/build-records.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { exactScopeFilter, type ScopeFilter, type ScopeKey, scopeFilter } from "../scope/scope-filter.ts";
import type { Residue } from "../store/vector-store.ts";
import { sameJson, type WriteResult } from "./add.ts";

/** What `update` is to do to one memory. */
export interface ParsedUpdate {
  readonly id: string;
  readonly changes: Pick<ParsedOptions, "text" | "metadata" | "expiresAt">;
}

/** What a deletion removed. */
export interface DeleteResult {
  /** How many memories. */
  readonly deleted: number;
  /** What the backend still holds of them, and what clears it; empty where nothing is, or nothing was deleted. */
  readonly residue: readonly Residue[];
}

/**
 * Changes memories that the scope covers, each with a new revision. All are looked up before one is changed.
 * @throws MemoryNotFoundError when one of them does not exist for this scope.
 */
export async function update(
  context: OperationContext,
  updates: readonly ParsedUpdate[],
): Promise<readonly WriteResult[]> {
  return context.locks.exclusive(context.namespace.key, async () => {
    const found = await findCovered(
      context,
      updates.map(({ id }) => id),
    );
    const now = Date.now();
    const live = new Map(
      found.filter(({ payload }) => !isExpired(payload, now)).map((memory) => [memory.id, memory]),
    );
    const missing = updates.filter(({ id }) => !live.has(id)).map(({ id }) => id);
    if (missing.length > 0) throw notFound(missing);
    const changed = new Map<string, MemoryRecord>();
    const results = updates.map(({ id, changes }): WriteResult => {
      const before = changed.get(id) ?? (live.get(id) as MemoryRecord);
      const after = applyPatch(before, changes, now);
      if (after !== before) changed.set(id, after);
      return {
        status: after === before ? "unchanged" : "updated",
        id,
        text: currentRevision(after.payload).text,
      };
    });
    await write(context, live, [...changed.values()]);
    return results;
  });
}

/** Writes changed memories, and with a changed text also those that were indexed with it as context. */
async function write(
  context: OperationContext,
  before: ReadonlyMap<string, MemoryRecord>,
  memories: readonly MemoryRecord[],
): Promise<void> {
  if (memories.length === 0) return;
  const textOf = (memory: MemoryRecord | undefined) => memory && currentRevision(memory.payload).text;
  const isRetold = memories.some((memory) => textOf(memory) !== textOf(before.get(memory.id)));
  const neighbours = isRetold ? await findAdjacent(context, memories) : [];
  const changed = isRetold ? memories.map(({ vector: _, ...memory }) => memory) : memories;
  await context.namespace.upsert(await buildRecords(context, [...changed, ...neighbours]), context.signal);
}

/**
 * Deletes memories that the scope covers. Their words and vectors also leave the memories beside them, which
 * were indexed with them as context, before they go themselves.
 */
export async function remove(context: OperationContext, ids: readonly string[]): Promise<DeleteResult> {
  return context.locks.exclusive(context.namespace.key, async () =>
    deleteMemories(context, await findCovered(context, ids), scopeFilter(context.scope.inner, "within")),
  );
}

/** Deletes memories that were read before, inside a reach that covers them. */
export async function deleteMemories(
  context: OperationContext,
  doomed: readonly MemoryRecord[],
  scope: ScopeFilter,
): Promise<DeleteResult> {
  const relinked = (await findAdjacent(context, doomed)).map((memory) => unlink(memory, doomed));
  if (relinked.length > 0)
    await context.namespace.upsert(await buildRecords(context, relinked), context.signal);
  const ids = doomed.map(({ id }) => id);
  if (ids.length === 0) return nothingDeleted;
  // Those beside them have their words too, and are copied back when that namespace is gone back to.
  for (const { scopeKey, ids: stained } of context.previousNamespace
    ? byScopeKey([...doomed, ...relinked])
    : [])
    await context.previousNamespace?.delete({ ids: stained }, exactScopeFilter(scopeKey), context.signal);
  return report(context, await context.namespace.delete({ ids }, scope, context.signal));
}

/** Deletes everything at the scope and below it, in the store. */
export async function removeAll(context: OperationContext): Promise<DeleteResult> {
  const scope = scopeFilter(context.scope.inner, "within");
  return context.locks.exclusive(context.namespace.key, async () => {
    await context.previousNamespace?.delete({}, scope, context.signal);
    return report(context, await context.namespace.delete({}, scope, context.signal));
  });
}

/** What there is to say where nothing could be deleted. */
export const nothingDeleted: DeleteResult = Object.freeze({ deleted: 0, residue: [] });

function report(context: OperationContext, deleted: number): DeleteResult {
  return deleted === 0 ? nothingDeleted : { deleted, residue: context.namespace.residue };
}

/** The answer for an id that does not exist and for one that is not the caller's. */
export function notFound(ids: readonly string[]): MemoryNotFoundError {
  return new MemoryNotFoundError(
    `No memory ${ids.map((id) => JSON.stringify(id)).join(", ")} can be changed from this scope.`,
    { ids },
  );
}

async function findCovered(
  context: OperationContext,
  ids: readonly string[],
): Promise<readonly MemoryRecord[]> {
  const records = await context.namespace.get(ids, scopeFilter(context.scope.inner, "within"), {
    vectors: true,
    ...context.signal,
  });
  return records.map(toMemoryRecord);
}

function applyPatch(
  memory: MemoryRecord,
  { text, metadata, expiresAt }: ParsedUpdate["changes"],
  now: number,
): MemoryRecord {
  const current = currentRevision(memory.payload);
  const next = {
    event: "updated",
    at: now,
    text: text ?? current.text,
    metadata: metadata ?? current.metadata,
  } as const;
  const end = expiresAt === undefined ? memory.payload.expiresAt : (expiresAt ?? undefined);
  const retold = next.text !== current.text;
  if (!retold && end === memory.payload.expiresAt && sameJson(next.metadata, current.metadata)) return memory;
  const { expiresAt: _, ...rest } = memory.payload;
  const payload: MemoryPayload = {
    ...rest,
    ...(end === undefined ? {} : { expiresAt: end }),
    revisions: [...memory.payload.revisions, next],
  };
  const { id, scopeKey, vector } = memory;
  return { id, scopeKey, payload, ...(vector && !retold ? { vector } : {}) };
}

/** The memories that have one of these as context, without their own vectors, so that they are embedded anew. */
async function findAdjacent(
  context: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<readonly MemoryRecord[]> {
  const known = new Set(memories.map(({ id, scopeKey }) => identityOf(id, scopeKey)));
  const neighbours = new Map<string, MemoryRecord>();
  for (const { scopeKey, payload } of memories) {
    const ids = [payload.previous, payload.next].filter(
      (id) => id !== undefined && !known.has(identityOf(id, scopeKey)),
    );
    for (const record of await context.namespace.get(
      ids as string[],
      exactScopeFilter(scopeKey),
      context.signal,
    )) {
      neighbours.set(identityOf(record.id, scopeKey), toMemoryRecord(record));
    }
  }
  return [...neighbours.values()];
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
