import { ImportConflictError } from "../errors/import-conflict-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ConflictPolicy } from "../input/conflict-policy.ts";
import type { TransferProgress } from "../input/transfer-progress.ts";
import { buildRecords, byScopeKey, identityOf } from "../records/build-records.ts";
import { isExpired, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { sameJson } from "../util/same-json.ts";
import type { ImportResult } from "./import-result.ts";
import type { OpenDump } from "./read-dump.ts";

/** How many memories are written at once. As many again are read ahead, so most find the message before them. */
const held = 500;

/**
 * Writes the memories of a dump, with ids, times and history. A dump runs from newest to oldest, so a message comes
 * before the previous message that it is indexed with. A message that was written too early is indexed again.
 */
export async function importRecords(
  context: OperationContext,
  dump: OpenDump,
  plan: ImportPlan,
): Promise<ImportResult> {
  const counts = { imported: 0, unchanged: 0, kept: 0, expired: 0 };
  let waiting = new Map<string, MemoryRecord>();
  const flush = async (batch: readonly MemoryRecord[]) => {
    const { writes, unchanged, kept } = await separate(context, batch, plan.conflicts);
    const split = await findSplit(context, writes, waiting);
    const records = await buildRecords(context, [...writes, ...split], [...waiting.values()]);
    if (records.length > 0) await context.namespace.upsert({ records, ...context.signal });
    counts.imported += writes.length;
    counts.unchanged += unchanged;
    counts.kept += kept;
    plan.onProgress?.({ done: counts.imported + counts.unchanged + counts.kept });
  };
  const now = Date.now();
  for await (const { vector, ...record } of dump.records) {
    context.signal.signal?.throwIfAborted();
    const memory = plan.keepsVectors && vector ? { ...record, vector } : record;
    if (isExpired(memory.payload, now)) counts.expired += 1;
    else waiting.set(identityOf(memory.id, memory.scopeKey), memory);
    if (waiting.size < 2 * held) continue;
    const entries = [...waiting];
    waiting = new Map(entries.slice(held));
    await flush(entries.slice(0, held).map(([, memory]) => memory));
  }
  const last = [...waiting.values()];
  waiting = new Map();
  for (let start = 0; start < last.length; start += held) await flush(last.slice(start, start + held));
  const vectors = !context.embedder ? "none" : plan.keepsVectors ? "kept" : "made anew";
  return { ...counts, vectors };
}

/** How an import treats conflicts and vectors. */
export interface ImportPlan {
  readonly conflicts: ConflictPolicy;
  /** Whether the dump's vectors come from the target's embedder. */
  readonly keepsVectors: boolean;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Separates new memories from existing ones. One whose stored content is damaged differs. */
async function separate(
  context: OperationContext,
  batch: readonly MemoryRecord[],
  conflicts: ConflictPolicy,
): Promise<{ readonly writes: readonly MemoryRecord[]; readonly unchanged: number; readonly kept: number }> {
  const stored = await findStored(context, batch, false);
  const found = batch.filter((memory) => stored.has(identityOf(memory.id, memory.scopeKey)));
  const same = new Set(
    found.filter((memory) => {
      const payload = stored.get(identityOf(memory.id, memory.scopeKey))?.payload;
      return payload !== undefined && sameJson(payload, memory.payload);
    }),
  );
  const differing = found.filter((memory) => !same.has(memory));
  if (differing.length > 0 && conflicts === "refuse") {
    throw new ImportConflictError(
      `${differing.length} memories of the dump exist with different content. They were not changed. To continue, import with conflicts: "keep" or "overwrite".`,
      { ids: differing.map(({ id }) => id) },
    );
  }
  const left = new Set([...same, ...(conflicts === "keep" ? differing : [])]);
  return {
    writes: batch.filter((memory) => !left.has(memory)),
    unchanged: same.size,
    kept: conflicts === "keep" ? differing.length : 0,
  };
}

/** Messages that were written before their previous message arrived. */
async function findSplit(
  context: OperationContext,
  writes: readonly MemoryRecord[],
  waiting: ReadonlyMap<string, MemoryRecord>,
): Promise<readonly MemoryRecord[]> {
  const known = new Set([...writes.map(({ id, scopeKey }) => identityOf(id, scopeKey)), ...waiting.keys()]);
  const later = writes.flatMap(({ scopeKey, payload: { next } }) =>
    next !== undefined && !known.has(identityOf(next, scopeKey)) ? [{ id: next, scopeKey }] : [],
  );
  // A damaged message cannot be indexed again. It would stop the import that restores others.
  return [...(await findStored(context, later, true)).values()].filter((memory) => memory !== undefined);
}

/** The stored memories among these; undefined for one whose stored content is damaged. */
async function findStored(
  context: OperationContext,
  wanted: readonly { readonly id: string; readonly scopeKey: ScopeKey }[],
  vectors: boolean,
): Promise<ReadonlyMap<string, MemoryRecord | undefined>> {
  const found = new Map<string, MemoryRecord | undefined>();
  for (const { scopeKey, ids } of byScopeKey(wanted)) {
    const options = { vectors, ...context.signal };
    for (const record of await context.namespace.get({ ids, scope: exactScopeFilter(scopeKey), ...options }))
      found.set(identityOf(record.id, record.scopeKey), readable(record));
  }
  return found;
}

function readable(record: StoredRecord): MemoryRecord | undefined {
  try {
    return toMemoryRecord(record);
  } catch (error) {
    if (StoreError.isInstance(error)) return undefined;
    throw error;
  }
}
