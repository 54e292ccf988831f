import { sha256 } from "@noble/hashes/sha2.js";
import type { OperationContext } from "../guard/operation-context.ts";
import { withinTime } from "../models/within-time.ts";
import { noPlaceholder, placeholderField } from "../namespace/placeholder.ts";
import { buildRecords } from "../records/build-records.ts";
import { identityOf, nameOf } from "../records/identity.ts";
import { currentRevision, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { toErasable } from "../records/to-erasable.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { sameEmbedder } from "../store/manifest.ts";
import type { StoredRecord, VectorRecord } from "../store/vector-store.ts";
import type { OpenNamespace } from "../tenancy/tenant-namespaces.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";

const pageSize = 200;
const everything = scopeFilter({}, "within");
const encoder = new TextEncoder();

/**
 * Makes the target hold the memories of the source. Rewrites every memory that differs, with its keywords and, for
 * another embedder, its vector. Deletes memories that the source no longer has. Without concurrent writes to the
 * source, both are equal afterwards. Nothing but the migration writes to the target.
 */
export async function copyNamespace(plan: CopyPlan): Promise<CopyPass> {
  const { from, to, step } = plan;
  const pages = { scope: everything, filter: noPlaceholder, limit: pageSize, ...from.signal };
  const source = new ContentDigest();
  let copied = 0;
  for await (const records of from.namespace.pages(pages)) {
    for (const record of records) {
      if (isTurnOver()) await nextTurn();
      source.add(record);
    }
    await step(source.count);
    const differing = await findDiffering(plan, records);
    if (differing.length === 0) continue;
    await writeCopies(plan, differing, () => step(source.count));
    copied += differing.length;
  }
  const target = new ContentDigest();
  let removed = 0;
  for await (const records of to.namespace.pages(pages)) {
    const ids = records.map(({ id }) => id);
    const there = new Set((await findLive(from, ids)).map(nameOf));
    const stale = records.filter((record) => !there.has(nameOf(record)));
    for (const record of records) {
      if (isTurnOver()) await nextTurn();
      if (there.has(nameOf(record))) target.add(record);
    }
    if (stale.length === 0) continue;
    // The messages around were copied with their words.
    const links = stale.map(toErasable).flatMap(({ payload: { previous, next } }) => [previous, next]);
    const around = await findLive(
      from,
      links.filter((id) => id !== undefined),
    );
    await writeCopies(plan, around.map(toMemoryRecord), () => step(source.count));
    copied += around.length;
    await step(source.count);
    removed += await to.namespace.delete({ scope: everything, versions: stale, ...from.signal });
  }
  return {
    memories: source.count,
    arrived: target.count,
    copied,
    removed,
    isEqual: removed + copied === 0 && source.equals(target),
  };
}

/** The result of one pass. */
export interface CopyPass {
  /** Memories of the source. */
  readonly memories: number;
  /** Memories of the source that the target has. */
  readonly arrived: number;
  /** Memories written to the target. */
  readonly copied: number;
  /** Memories deleted from the target because the source no longer has them. */
  readonly removed: number;
  /** Whether the pass changed nothing, and all ids, scope keys and contents in the target equal those in the source. */
  readonly isEqual: boolean;
}

/** What a pass copies. */
export interface CopyPlan {
  /** The source. Its embedder is not used. */
  readonly from: OperationContext;
  readonly to: OpenNamespace;
  /** When the first pass began, in milliseconds since 1970, on the clock of the process that began it. */
  readonly began: number;
  /** Called before each batch of writes. Throws when the migration must stop. */
  readonly step: (done: number) => Promise<void>;
  /** How long an embedder may take for one page, in milliseconds; default: as long as a call of a model may take. */
  readonly maxEmbedding?: number;
}

/** The largest expected difference between the clocks of two processes, in milliseconds. */
const clockSkew = 600_000;

/**
 * Memories that are missing or different in the target, and the neighbours of changed ones. A neighbour may have
 * been copied with the old text as its context.
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
  const changed: MemoryRecord[] = [];
  for (const record of records) {
    const known = there.get(nameOf(record));
    if (known === record.payload) continue;
    const memory = toMemoryRecord(record);
    found.set(nameOf(record), memory);
    const { length } = memory.payload.revisions;
    const isEdited = length > 1 && currentRevision(memory.payload).at > began - clockSkew;
    if (known !== undefined || isEdited) changed.push(memory);
  }
  const neighbours = changed.flatMap(({ payload: { previous, next } }) =>
    [previous, next].filter((id) => id !== undefined),
  );
  for (const record of await from.namespace.get({ ids: neighbours, scope: everything, ...from.signal }))
    found.set(nameOf(record), toMemoryRecord(record));
  return [...found.values()];
}

/** The memories of the source with some ids, without placeholders. */
async function findLive(
  { namespace, signal }: OperationContext,
  ids: readonly string[],
): Promise<readonly StoredRecord[]> {
  if (ids.length === 0) return [];
  const found = await namespace.get({ ids, scope: everything, ...signal });
  return found.filter(({ fields }) => fields[placeholderField] === undefined);
}

async function writeCopies(
  { from, to, maxEmbedding }: CopyPlan,
  memories: readonly MemoryRecord[],
  step: () => Promise<void>,
): Promise<void> {
  if (memories.length === 0) return;
  const { namespace, signal } = from;
  const ids = memories.map(({ id }) => id);
  const there = await to.namespace.get({ ids, scope: everything, encrypted: true, ...signal });
  const versions = new Map(there.map((record) => [nameOf(record), record.version]));
  const sharesVectors =
    to.embedder !== undefined && sameEmbedder(namespace.manifest.embedder, to.namespace.manifest.embedder);
  const vectors = new Map<string, Float32Array>();
  if (sharesVectors) {
    for (const { vector, ...record } of await namespace.get({
      ids,
      scope: everything,
      vectors: true,
      ...signal,
    }))
      if (vector) vectors.set(nameOf(record), vector);
  }
  // The words of a message are in the vector of the next one. A deletion that broke off has not taken them out.
  const previous = memories.flatMap(({ payload }) => payload.previous ?? []);
  const live = new Set(sharesVectors ? (await findLive(from, previous)).map(nameOf) : []);
  const withVectors = memories.map((memory): MemoryRecord => {
    const { id, scopeKey, payload } = memory;
    const vector = vectors.get(identityOf(id, scopeKey));
    const isWhole = payload.previous === undefined || live.has(identityOf(payload.previous, scopeKey));
    return vector && isWhole ? { ...memory, vector } : memory;
  });
  // Looks up context in the source, since the target may lack it.
  const { embedder } = to;
  const build = (own: OperationContext["signal"]) =>
    buildRecords({ ...from, signal: own, embedder }, withVectors);
  const records =
    embedder && maxEmbedding !== undefined
      ? await withinTime(embedder.id, signal.signal, (own) => build({ signal: own }), maxEmbedding)
      : await build(signal);
  // An embedder takes its time: by now another run may have taken over.
  await step();
  // A conflict is left to the next pass, which finds the difference again: another run has overtaken this one.
  await to.namespace.upsert({
    records: records.map((record): VectorRecord => {
      const version = versions.get(nameOf(record));
      const expected = version === undefined ? "absent" : { version };
      return { ...record, namespace: to.namespace.key, expected };
    }),
    ...signal,
  });
}

/** A digest that ignores the order of memories: the sum of their SHA-256 digests, modulo 2^256. */
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
