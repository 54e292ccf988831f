import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { Access } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { buildRecords, byPlacement, identify } from "../records/build-records.ts";
import { currentRevision, type Draft, decode, isExpired, type Payload } from "../records/memory-record.ts";
import { exactReach, type Placement, type Reach, writeReach } from "../scope/scope-filter.ts";
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
  access: Access,
  updates: readonly ParsedUpdate[],
): Promise<readonly WriteResult[]> {
  return access.locks.exclusive(access.namespace.key, async () => {
    const found = await findCovered(
      access,
      updates.map(({ id }) => id),
    );
    const now = Date.now();
    const live = new Map(
      found.filter(({ payload }) => !isExpired(payload, now)).map((draft) => [draft.id, draft]),
    );
    const missing = updates.filter(({ id }) => !live.has(id)).map(({ id }) => id);
    if (missing.length > 0) throw notFound(missing);
    const changed = new Map<string, Draft>();
    const results = updates.map(({ id, changes }): WriteResult => {
      const before = changed.get(id) ?? (live.get(id) as Draft);
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
  access: Access,
  before: ReadonlyMap<string, Draft>,
  drafts: readonly Draft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const textOf = (draft: Draft | undefined) => draft && currentRevision(draft.payload).text;
  const isRetold = drafts.some((draft) => textOf(draft) !== textOf(before.get(draft.id)));
  const neighbours = isRetold ? await findNeighbours(access, drafts) : [];
  const changed = isRetold ? drafts.map(({ vector: _, ...draft }) => draft) : drafts;
  await access.namespace.upsert(await buildRecords(access, [...changed, ...neighbours]), access.signal);
}

/**
 * Deletes memories that the scope covers. Their words and vectors also leave the memories beside them, which
 * were indexed with them as context, before they go themselves.
 */
export async function remove(access: Access, ids: readonly string[]): Promise<DeleteResult> {
  return access.locks.exclusive(access.namespace.key, async () =>
    removeDrafts(access, await findCovered(access, ids), writeReach(access.scope.inner)),
  );
}

/** Deletes memories that were read before, inside a reach that covers them. */
export async function removeDrafts(
  access: Access,
  doomed: readonly Draft[],
  within: Reach,
): Promise<DeleteResult> {
  const relinked = (await findNeighbours(access, doomed)).map((draft) => unlink(draft, doomed));
  if (relinked.length > 0) await access.namespace.upsert(await buildRecords(access, relinked), access.signal);
  const ids = doomed.map(({ id }) => id);
  if (ids.length === 0) return nothingDeleted;
  // Those beside them have their words too, and are copied back when that namespace is gone back to.
  for (const { placement, ids: stained } of access.kept ? byPlacement([...doomed, ...relinked]) : [])
    await access.kept?.delete({ ids: stained }, exactReach(placement), access.signal);
  return report(access, await access.namespace.delete({ ids }, within, access.signal));
}

/** Deletes everything at the scope and below it, in the store. */
export async function removeAll(access: Access): Promise<DeleteResult> {
  const within = writeReach(access.scope.inner);
  return access.locks.exclusive(access.namespace.key, async () => {
    await access.kept?.delete({}, within, access.signal);
    return report(access, await access.namespace.delete({}, within, access.signal));
  });
}

/** What there is to say where nothing could be deleted. */
export const nothingDeleted: DeleteResult = Object.freeze({ deleted: 0, residue: [] });

function report(access: Access, deleted: number): DeleteResult {
  return deleted === 0 ? nothingDeleted : { deleted, residue: access.namespace.residue };
}

/** The answer for an id that does not exist and for one that is not the caller's. */
export function notFound(ids: readonly string[]): MemoryNotFoundError {
  return new MemoryNotFoundError(
    `No memory ${ids.map((id) => JSON.stringify(id)).join(", ")} can be changed from this scope.`,
    { ids },
  );
}

async function findCovered(access: Access, ids: readonly string[]): Promise<readonly Draft[]> {
  const records = await access.namespace.get(ids, writeReach(access.scope.inner), {
    vectors: true,
    ...access.signal,
  });
  return records.map(decode);
}

function revise(draft: Draft, { text, metadata, expiresAt }: ParsedUpdate["changes"], now: number): Draft {
  const current = currentRevision(draft.payload);
  const next = {
    event: "updated",
    at: now,
    text: text ?? current.text,
    metadata: metadata ?? current.metadata,
  } as const;
  const end = expiresAt === undefined ? draft.payload.expiresAt : (expiresAt ?? undefined);
  const retold = next.text !== current.text;
  if (!retold && end === draft.payload.expiresAt && sameJson(next.metadata, current.metadata)) return draft;
  const { expiresAt: _, ...rest } = draft.payload;
  const payload: Payload = {
    ...rest,
    ...(end === undefined ? {} : { expiresAt: end }),
    revisions: [...draft.payload.revisions, next],
  };
  const { id, placement, vector } = draft;
  return { id, placement, payload, ...(vector && !retold ? { vector } : {}) };
}

/** The memories that have one of these as context, without their own vectors, so that they are embedded anew. */
async function findNeighbours(access: Access, drafts: readonly Draft[]): Promise<readonly Draft[]> {
  const known = new Set(drafts.map(({ id, placement }) => identify(id, placement)));
  const neighbours = new Map<string, Draft>();
  for (const { placement, payload } of drafts) {
    const ids = [payload.previous, payload.next].filter(
      (id) => id !== undefined && !known.has(identify(id, placement)),
    );
    for (const record of await access.namespace.get(ids as string[], exactReach(placement), access.signal)) {
      neighbours.set(identify(record.id, placement), decode(record));
    }
  }
  return [...neighbours.values()];
}

function unlink(draft: Draft, doomed: readonly Draft[]): Draft {
  const isDoomed = (id: string | undefined, placement: Placement) =>
    doomed.some(
      (other) => other.id === id && identify(id, placement) === identify(other.id, other.placement),
    );
  const { previous, next, ...rest } = draft.payload;
  const payload: Payload = {
    ...rest,
    ...(previous && !isDoomed(previous, draft.placement) ? { previous } : {}),
    ...(next && !isDoomed(next, draft.placement) ? { next } : {}),
  };
  return { ...draft, payload };
}
