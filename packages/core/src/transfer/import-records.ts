import { ImportConflictError } from "../errors/import-conflict-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { ConflictPolicy } from "../input/conflict-policy.ts";
import type { TransferProgress } from "../input/transfer-progress.ts";
import { eraseByIds } from "../operations/delete.ts";
import { buildRecords } from "../records/build-records.ts";
import { findStored } from "../records/find-stored.ts";
import { byScopeKey, identityOf, nameOf } from "../records/identity.ts";
import { keyedId } from "../records/keyed-memory.ts";
import {
  isExpired,
  type MemoryPayload,
  type MemoryRecord,
  toMemoryRecord,
} from "../records/memory-record.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { writeRecords } from "../records/write-memories.ts";
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
    const imported = new Set<string>();
    await repeatOnConflict(context, async (current) => {
      // What an earlier attempt has written and is gone since was deleted, and stays so.
      const left = batch.filter((memory) => !imported.has(nameOf(memory)));
      const { writes, unchanged, kept, expired } = await separate(current, left, plan.conflicts);
      if (expired.length > 0) {
        for (const { scopeKey, ids } of byScopeKey(expired))
          await eraseByIds(current, ids, exactScopeFilter(scopeKey));
        return conflict;
      }
      const split = await findSplit(current, writes, waiting);
      const records = await buildRecords(current, [...writes, ...split], [...waiting.values()]);
      const failed = new Set((await writeRecords(current, { leading: records })).map(nameOf));
      for (const memory of writes) if (!failed.has(nameOf(memory))) imported.add(nameOf(memory));
      if (failed.size > 0) return conflict;
      counts.unchanged += unchanged;
      counts.kept += kept;
      return undefined;
    });
    counts.imported += imported.size;
    plan.onProgress?.({ done: counts.imported + counts.unchanged + counts.kept });
  };
  const now = Date.now();
  for await (const { vector, ...record } of dump.records) {
    context.signal.signal?.throwIfAborted();
    const { key } = record.payload;
    // Another organization's keyed memory gets the id by which this one finds the key.
    const id = key === undefined ? record.id : keyedId(context.namespace.idSalt, record.scopeKey, key);
    const memory = { ...record, id, ...(plan.keepsVectors && vector ? { vector } : {}) };
    if (isExpired(memory.payload, now)) counts.expired += 1;
    else waiting.set(nameOf(memory), memory);
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
): Promise<Separated> {
  const stored = await findReadable(context, batch, false);
  const now = Date.now();
  const isGone = (memory: MemoryRecord) => {
    const there = stored.get(nameOf(memory));
    return there !== undefined && isExpired(there.payload, now);
  };
  const found = batch.filter((memory) => stored.has(nameOf(memory)) && !isGone(memory));
  const same = new Set(
    found.filter((memory) => sameJson(stored.get(nameOf(memory))?.payload, memory.payload)),
  );
  const differing = found.filter((memory) => !same.has(memory));
  if (differing.length > 0 && conflicts === "refuse") {
    throw new ImportConflictError(
      `${differing.length} memories of the dump exist with different content. They were not changed. To continue, import with conflicts: "keep" or "overwrite".`,
      { ids: differing.map(({ id }) => id) },
    );
  }
  const left = new Set([...same, ...(conflicts === "keep" ? differing : [])]);
  const isLinked = ({ payload: { previous, next } }: MemoryRecord) => (previous ?? next) !== undefined;
  return {
    writes: batch
      .filter((memory) => !left.has(memory))
      .map((memory) => {
        const version = stored.get(nameOf(memory))?.version;
        return version === undefined ? memory : { ...memory, version };
      }),
    unchanged: same.size,
    kept: conflicts === "keep" ? differing.length : 0,
    expired: batch.filter(isGone).filter((memory) => isLinked(stored.get(nameOf(memory)) ?? memory)),
  };
}

interface Separated {
  readonly writes: readonly MemoryRecord[];
  readonly unchanged: number;
  readonly kept: number;
  /** Memories in whose place expired ones lie, which have to be erased first. */
  readonly expired: readonly MemoryRecord[];
}

/** Messages that were written before their previous message arrived, and those before a message that is overwritten. */
async function findSplit(
  context: OperationContext,
  writes: readonly MemoryRecord[],
  waiting: ReadonlyMap<string, MemoryRecord>,
): Promise<readonly MemoryRecord[]> {
  const known = new Set([...writes.map(({ id, scopeKey }) => identityOf(id, scopeKey)), ...waiting.keys()]);
  const written = new Set(writes.map(nameOf));
  const later = writes.flatMap(({ scopeKey, version, payload: { previous, next } }) => [
    ...(next !== undefined && !(version === undefined ? known : written).has(identityOf(next, scopeKey))
      ? [{ id: next, scopeKey }]
      : []),
    // What is overwritten had another text, which the message before it is indexed with, whether that one is imported again or not.
    ...(version !== undefined && previous !== undefined && !written.has(identityOf(previous, scopeKey))
      ? [{ id: previous, scopeKey }]
      : []),
  ]);
  const stored = await findReadable(context, later, true);
  // The vector of a message is also made of the one before it.
  const retold = new Set(
    writes.flatMap(({ scopeKey, version, payload: { next } }) =>
      version !== undefined && next !== undefined ? [identityOf(next, scopeKey)] : [],
    ),
  );
  // A damaged message cannot be indexed again. It would stop the import that restores others.
  return [...stored.values()]
    .filter(({ payload }) => payload !== damaged && !payload.placeholder)
    .map((memory) => {
      const { vector: _, ...rest } = memory;
      return retold.has(nameOf(memory)) ? rest : memory;
    });
}

/** The stored memories among these, by name. */
async function findReadable(
  context: OperationContext,
  wanted: readonly { readonly id: string; readonly scopeKey: ScopeKey }[],
  vectors: boolean,
): Promise<ReadonlyMap<string, MemoryRecord>> {
  const found = await findStored(context, wanted, { vectors });
  return new Map(found.map((record) => [nameOf(record), readable(record)]));
}

/** The content of a record whose own is damaged: it differs from every other. */
const damaged: MemoryPayload = {
  version: 1,
  createdAt: 0,
  validFrom: 0,
  revisions: [{ event: "added", at: 0, text: "", metadata: {} }],
};

function readable(record: StoredRecord): MemoryRecord {
  try {
    return toMemoryRecord(record);
  } catch (error) {
    if (!StoreError.isInstance(error)) throw error;
    const { id, scopeKey, version } = record;
    return { id, scopeKey, version, payload: damaged };
  }
}
