import { sha256 } from "@noble/hashes/sha2.js";
import type { OperationContext } from "../guard/operation-context.ts";
import { buildRecords, byScopeKey, identityOf } from "../records/build-records.ts";
import { currentRevision, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { exactScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import { sameEmbedder } from "../store/manifest.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import type { OpenNamespace } from "../tenancy/tenant-namespaces.ts";

const pageSize = 200;
const everything = scopeFilter({}, "within");
const encoder = new TextEncoder();

/** What one pass found and did. */
export interface CopyPass {
  /** Memories of the source. */
  readonly memories: number;
  /** Those of them that the target has. */
  readonly arrived: number;
  /** Memories that were written to the target. */
  readonly copied: number;
  /** Memories that were deleted from the target, since the source has them no longer. */
  readonly removed: number;
  /** Whether nothing was to be done, and every memory's id, place and content were read back as they were copied. */
  readonly isEqual: boolean;
}

/** What a pass is about. */
export interface CopyPlan {
  /** Whose memories are copied; its embedder is not asked. */
  readonly from: OperationContext;
  readonly to: OpenNamespace;
  /** When the first pass began, in milliseconds since 1970, by the clock of whoever began it. */
  readonly began: number;
  /** Called before each step that writes, and throws where this is not to go on. */
  readonly step: (done: number) => Promise<void>;
}

/**
 * Makes one namespace hold what another one does: whatever differs is written anew, with its words and, where the
 * embedders differ, its vector; what is there no longer is deleted. Where nobody writes to the source meanwhile, both are
 * equal afterwards. The target belongs to whoever copies.
 */
export async function copyNamespace(plan: CopyPlan): Promise<CopyPass> {
  const { from, to, step } = plan;
  const pages = { scope: everything, limit: pageSize, ...from.signal };
  const source = new ContentDigest();
  let copied = 0;
  for await (const records of from.namespace.pages(pages)) {
    for (const record of records) source.add(record);
    await step(source.count);
    const differing = await findDiffering(plan, records);
    if (differing.length === 0) continue;
    await writeCopies(plan, differing);
    copied += differing.length;
  }
  const target = new ContentDigest();
  let removed = 0;
  for await (const records of to.namespace.pages(pages)) {
    const ids = records.map(({ id }) => id);
    const there = new Set((await from.namespace.get({ ids, scope: everything, ...from.signal })).map(nameOf));
    const stale = records.filter((record) => !there.has(nameOf(record)));
    for (const record of records) if (there.has(nameOf(record))) target.add(record);
    if (stale.length === 0) continue;
    await step(source.count);
    for (const { scopeKey, ids: doomed } of byScopeKey(stale))
      removed += await to.namespace.delete({
        ids: doomed,
        scope: exactScopeFilter(scopeKey),
        ...from.signal,
      });
  }
  return {
    memories: source.count,
    arrived: target.count,
    copied,
    removed,
    isEqual: removed + copied === 0 && source.equals(target),
  };
}

/** Clocks of processes may differ by as much, in milliseconds. */
const clockSkew = 600_000;

/**
 * Memories that the target has not, or has with another content, and those beside what was changed, whose context it is:
 * they may have been copied when it still said something else.
 */
async function findDiffering(
  { from, to, began }: CopyPlan,
  records: readonly StoredRecord[],
): Promise<readonly MemoryRecord[]> {
  const ids = records.map(({ id }) => id);
  const there = new Map(
    (await to.namespace.get({ ids, scope: everything, ...from.signal })).map((record) => [
      nameOf(record),
      record.payload,
    ]),
  );
  const found = new Map<string, MemoryRecord>();
  const beside: MemoryRecord[] = [];
  for (const record of records) {
    const known = there.get(nameOf(record));
    if (known === record.payload) continue;
    const memory = toMemoryRecord(record);
    found.set(nameOf(record), memory);
    const { length } = memory.payload.revisions;
    const isEdited = length > 1 && currentRevision(memory.payload).at > began - clockSkew;
    if (known !== undefined || isEdited) beside.push(memory);
  }
  const neighbours = beside.flatMap(({ payload: { previous, next } }) =>
    [previous, next].filter((id) => id !== undefined),
  );
  for (const record of await from.namespace.get({ ids: neighbours, scope: everything, ...from.signal }))
    found.set(nameOf(record), toMemoryRecord(record));
  return [...found.values()];
}

async function writeCopies({ from, to }: CopyPlan, memories: readonly MemoryRecord[]): Promise<void> {
  const { namespace, signal } = from;
  const sharesVectors =
    to.embedder !== undefined && sameEmbedder(namespace.manifest.embedder, to.namespace.manifest.embedder);
  const vectors = new Map<string, Float32Array>();
  if (sharesVectors) {
    const ids = memories.map(({ id }) => id);
    for (const { vector, ...record } of await namespace.get({
      ids,
      scope: everything,
      vectors: true,
      ...signal,
    }))
      if (vector) vectors.set(nameOf(record), vector);
  }
  const withVectors = memories.map((memory): MemoryRecord => {
    const vector = vectors.get(identityOf(memory.id, memory.scopeKey));
    return vector ? { ...memory, vector } : memory;
  });
  // Their context is looked up where they come from, since it may not be copied yet.
  const records = await buildRecords({ ...from, embedder: to.embedder }, withVectors);
  await to.namespace.upsert({
    records: records.map((record) => ({ ...record, namespace: to.namespace.key })),
    ...signal,
  });
}

function nameOf({ id, scopeKey }: Pick<StoredRecord, "id" | "scopeKey">): string {
  return identityOf(id, scopeKey);
}

/** The same for the same memories in any order: the sum of their SHA-256 digests, modulo 2^256. */
class ContentDigest {
  count = 0;
  #sum = 0n;

  add(record: StoredRecord): void {
    const bytes = sha256(encoder.encode(JSON.stringify([nameOf(record), record.payload])));
    let value = 0n;
    for (const byte of bytes) value = (value << 8n) | BigInt(byte);
    this.#sum = (this.#sum + value) & ((1n << 256n) - 1n);
    this.count += 1;
  }

  equals(other: ContentDigest): boolean {
    return this.count === other.count && this.#sum === other.#sum;
  }
}
