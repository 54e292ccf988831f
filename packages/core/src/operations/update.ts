import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ParsedUpdate } from "../input/memory-patch.ts";
import { buildRecords } from "../records/build-records.ts";
import { findAdjacent, findWritable } from "../records/find-memories.ts";
import {
  currentRevision,
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
} from "../records/memory-record.ts";
import type { WriteResult } from "../records/write-result.ts";
import { sameJson } from "../util/same-json.ts";

/**
 * Changes memories at the scope and below it, each with a new revision. Reads all of them before it writes one.
 * @throws MemoryNotFoundError when one does not exist or is outside the scope
 */
export async function update(
  context: OperationContext,
  updates: readonly ParsedUpdate[],
): Promise<readonly WriteResult[]> {
  return context.locks.exclusive(context.namespace.key, async () => {
    const found = await findWritable(
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

/** Writes changed memories. When a text changed, also writes the adjacent messages that are indexed with it. */
async function write(
  context: OperationContext,
  before: ReadonlyMap<string, MemoryRecord>,
  memories: readonly MemoryRecord[],
): Promise<void> {
  if (memories.length === 0) return;
  const textOf = (memory: MemoryRecord | undefined) => memory && currentRevision(memory.payload).text;
  const hasNewText = memories.some((memory) => textOf(memory) !== textOf(before.get(memory.id)));
  const adjacent = hasNewText ? await findAdjacent(context, memories) : [];
  const changed = hasNewText ? memories.map(({ vector: _, ...memory }) => memory) : memories;
  await context.namespace.upsert({
    records: await buildRecords(context, [...changed, ...adjacent]),
    ...context.signal,
  });
}

/** One error for a missing id and for one outside the scope. */
export function notFound(ids: readonly string[]): MemoryNotFoundError {
  return new MemoryNotFoundError(
    `No memory ${ids.map((id) => JSON.stringify(id)).join(", ")} can be changed from this scope.`,
    { ids },
  );
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
  const hasNewText = next.text !== current.text;
  if (!hasNewText && end === memory.payload.expiresAt && sameJson(next.metadata, current.metadata))
    return memory;
  const { expiresAt: _, ...rest } = memory.payload;
  const payload: MemoryPayload = {
    ...rest,
    ...(end === undefined ? {} : { expiresAt: end }),
    revisions: [...memory.payload.revisions, next],
  };
  const { id, scopeKey, vector } = memory;
  return { id, scopeKey, payload, ...(vector && !hasNewText ? { vector } : {}) };
}
