import type { OperationContext } from "../guard/operation-context.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import { buildRecords } from "./build-records.ts";
import { findStored } from "./find-stored.ts";
import { nameOf } from "./identity.ts";
import type { MemoryRecord } from "./memory-record.ts";

/**
 * Writes changed memories on the condition that each is still as it was read, or still not there.
 * @returns the conflicts
 */
export async function writeMemories(
  context: OperationContext,
  memories: readonly MemoryRecord[],
): Promise<readonly VectorRecord[]> {
  return writeRecords(context, { leading: await buildRecords(context, memories) });
}

/**
 * The same for records that were built before. Those that lead are written first, and the others only where none of them conflicts.
 * A conflict with itself is none: a request whose answer was lost is repeated, and finds what the first one has written. That is
 * seen by the payload, which differs from the one that was read, except of messages that are only indexed again.
 */
export async function writeRecords(
  context: OperationContext,
  { leading, following = [], reindexed = [], isChange = false }: RecordWrites,
): Promise<readonly VectorRecord[]> {
  const records = [...leading, ...following, ...reindexed];
  if (records.length === 0) return [];
  const { namespace, signal, log } = context;
  const again = new Set(reindexed);
  let conflicts = await namespace.upsert({ records, leading: leading.length, ...signal });
  if (conflicts.length > 0) {
    const found = await findStored(context, conflicts);
    const stored = new Map(found.map((record) => [nameOf(record), record.payload]));
    conflicts = conflicts.filter(
      (record) => again.has(record) || stored.get(nameOf(record)) !== record.payload,
    );
  }
  const failed = new Set(conflicts);
  for (const record of records) {
    const { id, scopeKey, payload } = record;
    if (!failed.has(record)) log.note({ id, scopeKey, payload, isChange: isChange || again.has(record) });
  }
  return conflicts;
}

/** Records to write, in the order in which they are written. */
export interface RecordWrites {
  readonly leading: readonly VectorRecord[];
  /** Written where none of those that lead conflicts. */
  readonly following?: readonly VectorRecord[];
  /** The same for messages that only their context has changed. */
  readonly reindexed?: readonly VectorRecord[];
  /** Whether those that lead are memories that were there before. */
  readonly isChange?: boolean;
}
