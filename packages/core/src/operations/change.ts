import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { OperationContext } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { buildRecords, byScopeKey, identify } from "../records/build-records.ts";
import {
  currentRevision,
  decode,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
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
  access: OperationContext,
  updates: readonly ParsedUpdate[],
): Promise<readonly WriteResult[]> {
  return access.locks.exclusive(access.namespace.key, async () => {
    const found = await findCovered(
      access,
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
      const after = revise(before, changes, now);
      if (after !== before) changed.set(id, after);
      return {
        status: after === before ? "unchanged" : "updated",
        id,
        text: currentRevision(after.payload).text,
      };
    });
    await write(access, live, [...changed.values()]);
    return results;
  });
}

/** Writes changed memories, and with a changed text also those that were indexed with it as context. */
async function write(
  access: OperationContext,
  before: ReadonlyMap<string, MemoryRecord>,
  memories: readonly MemoryRecord[],
): Promise<void> {
  if (memories.length === 0) return;
  const textOf = (memory: MemoryRecord | undefined) => memory && currentRevision(memory.payload).text;
  const isRetold = memories.some((memory) => textOf(memory) !== textOf(before.get(memory.id)));
  const neighbours = isRetold ? await findNeighbours(access, memories) : [];
  const changed = isRetold ? memories.map(({ vector: _, ...memory }) => memory) : memories;
  await access.namespace.upsert({
    records: await buildRecords(access, [...changed, ...neighbours]),
    ...access.signal,
  });
}

/**
 * Deletes memories that the scope covers. Their words and vectors also leave the memories beside them, which
 * were indexed with them as context, before they go themselves.
 */
export async function remove(access: OperationContext, ids: readonly string[]): Promise<DeleteResult> {
  return access.locks.exclusive(access.namespace.key, async () =>
    deleteMemories(access, await findCovered(access, ids), scopeFilter(access.scope.inner, "within")),
  );
}

/** Deletes memories that were read before, inside a reach that covers them. */
export async function deleteMemories(
  access: OperationContext,
  doomed: readonly MemoryRecord[],
  scope: ScopeFilter,
): Promise<DeleteResult> {
  const relinked = (await findNeighbours(access, doomed)).map((memory) => unlink(memory, doomed));
  if (relinked.length > 0)
    await access.namespace.upsert({ records: await buildRecords(access, relinked), ...access.signal });
  const ids = doomed.map(({ id }) => id);
  if (ids.length === 0) return nothingDeleted;
  // Those beside them have their words too, and are copied back when that namespace is gone back to.
  for (const { scopeKey, ids: stained } of access.kept ? byScopeKey([...doomed, ...relinked]) : [])
    await access.kept?.delete({ ids: stained, scope: exactScopeFilter(scopeKey), ...access.signal });
  return report(access, await access.namespace.delete({ ids, scope, ...access.signal }));
}

/** Deletes everything at the scope and below it, in the store. */
export async function removeAll(access: OperationContext): Promise<DeleteResult> {
  const scope = scopeFilter(access.scope.inner, "within");
  return access.locks.exclusive(access.namespace.key, async () => {
    await access.kept?.delete({ scope, ...access.signal });
    return report(access, await access.namespace.delete({ scope, ...access.signal }));
  });
}

/** What there is to say where nothing could be deleted. */
export const nothingDeleted: DeleteResult = Object.freeze({ deleted: 0, residue: [] });

function report(access: OperationContext, deleted: number): DeleteResult {
  return deleted === 0 ? nothingDeleted : { deleted, residue: access.namespace.residue };
}

/** The answer for an id that does not exist and for one that is not the caller's. */
export function notFound(ids: readonly string[]): MemoryNotFoundError {
  return new MemoryNotFoundError(
    `No memory ${ids.map((id) => JSON.stringify(id)).join(", ")} can be changed from this scope.`,
    { ids },
  );
}

async function findCovered(
  access: OperationContext,
  ids: readonly string[],
): Promise<readonly MemoryRecord[]> {
  const records = await access.namespace.get({
    ids,
    scope: scopeFilter(access.scope.inner, "within"),
    vectors: true,
    ...access.signal,
  });
  return records.map(decode);
}

function revise(
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
async function findNeighbours(
  access: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<readonly MemoryRecord[]> {
  const known = new Set(memories.map(({ id, scopeKey }) => identify(id, scopeKey)));
  const neighbours = new Map<string, MemoryRecord>();
  for (const { scopeKey, payload } of memories) {
    const ids = [payload.previous, payload.next].filter(
      (id) => id !== undefined && !known.has(identify(id, scopeKey)),
    );
    for (const record of await access.namespace.get({
      ids: ids as string[],
      scope: exactScopeFilter(scopeKey),
      ...access.signal,
    })) {
      neighbours.set(identify(record.id, scopeKey), decode(record));
    }
  }
  return [...neighbours.values()];
}

function unlink(memory: MemoryRecord, doomed: readonly MemoryRecord[]): MemoryRecord {
  const isDoomed = (id: string | undefined, scopeKey: ScopeKey) =>
    doomed.some((other) => other.id === id && identify(id, scopeKey) === identify(other.id, other.scopeKey));
  const { previous, next, ...rest } = memory.payload;
  const payload: MemoryPayload = {
    ...rest,
    ...(previous && !isDoomed(previous, memory.scopeKey) ? { previous } : {}),
    ...(next && !isDoomed(next, memory.scopeKey) ? { next } : {}),
  };
  return { ...memory, payload };
}
