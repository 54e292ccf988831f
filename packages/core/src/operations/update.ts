import { MemoryNotFoundError } from "../errors/memory-not-found-error.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { IdOrKey } from "../input/id-or-key.ts";
import type { ParsedUpdate } from "../input/memory-patch.ts";
import { sourceOf } from "../input/source.ts";
import { findWritable } from "../records/find-writable.ts";
import { nameOf } from "../records/identity.ts";
import { keyedAt } from "../records/keyed-memory.ts";
import { currentRevision, isExpired, type MemoryRecord } from "../records/memory-record.ts";
import { conflict, repeatOnConflict } from "../records/repeat-on-conflict.ts";
import { withRevision } from "../records/with-revision.ts";
import type { WriteResult } from "../records/write-result.ts";
import { exactScopeFilter, type ScopeFilter } from "../scope/scope-filter.ts";
import { sameJson } from "../util/same-json.ts";
import { assertTrusted } from "./assert-trusted.ts";
import { reindexAround, writeWithAround } from "./reindex-around.ts";

/**
 * Changes the memory with this id, at the scope or below it, or with this key, at exactly the scope, with a new revision.
 * @throws MemoryNotFoundError when it does not exist or is outside the scope, or was deleted meanwhile
 */
export async function update(
  context: OperationContext,
  name: IdOrKey,
  changes: ParsedUpdate["changes"],
): Promise<readonly WriteResult[]> {
  if (typeof name === "string") return updateMany(context, [{ id: name, changes }]);
  const { id, scopeKey } = keyedAt(context, name.key);
  const missing = () => notFound([name]);
  return change(context, [{ id, changes }], { scope: exactScopeFilter(scopeKey), missing });
}

/** The same for several, by their ids. Reads all of them before it writes one. @throws MemoryNotFoundError */
export async function updateMany(
  context: OperationContext,
  updates: readonly ParsedUpdate[],
): Promise<readonly WriteResult[]> {
  return change(context, updates, { missing: notFound });
}

/** Which memories may be changed, and the error for others. */
interface Changeable {
  readonly scope?: ScopeFilter;
  readonly missing: (ids: readonly string[]) => MemoryNotFoundError;
}

async function change(
  context: OperationContext,
  updates: readonly ParsedUpdate[],
  changeable: Changeable,
): Promise<readonly WriteResult[]> {
  const results = new Map<ParsedUpdate, WriteResult>();
  const retold: MemoryRecord[] = [];
  const changeAll = repeatOnConflict(context, async (current) => {
    const left = updates.filter((one) => !results.has(one));
    const now = Date.now();
    const live = await findLive(current, left, now, changeable);
    const changed = new Map<string, Change>();
    for (const one of left) {
      const before = changed.get(one.id)?.after ?? (live.get(one.id) as MemoryRecord);
      const after = applyPatch(before, one.changes, now);
      const result = { id: one.id, text: textOf(after) };
      if (after === before) results.set(one, { status: "unchanged", ...result });
      else {
        const planned = [...(changed.get(one.id)?.planned ?? []), { one, result }];
        changed.set(one.id, { after, planned });
      }
    }
    const memories = [...changed.values()].map(({ after }) => after);
    const isRetold = (after: MemoryRecord) => textOf(after) !== textOf(live.get(after.id) as MemoryRecord);
    const { failed, isAroundDone } = await writeWithAround(current, memories, memories.filter(isRetold));
    for (const { after, planned } of changed.values()) {
      if (failed.has(nameOf(after))) continue;
      for (const { one, result } of planned) results.set(one, { status: "updated", ...result });
      if (isRetold(after) && !isAroundDone) retold.push(after);
    }
    return failed.size > 0 ? conflict : undefined;
  });
  // What was changed before a failure is changed: the messages around it follow.
  await changeAll.finally(() => reindexAround(context, retold));
  return updates.map((one) => results.get(one) as WriteResult);
}

/** A changed memory, and the results of the updates that it has had. */
interface Change {
  readonly after: MemoryRecord;
  readonly planned: readonly {
    readonly one: ParsedUpdate;
    readonly result: { readonly id: string; readonly text: string };
  }[];
}

/** The memories that updates are about. @throws MemoryNotFoundError */
async function findLive(
  context: OperationContext,
  updates: readonly ParsedUpdate[],
  now: number,
  { scope, missing: errorFor }: Changeable,
): Promise<ReadonlyMap<string, MemoryRecord>> {
  const ids = updates.map(({ id }) => id);
  const found = await findWritable(context, ids, scope);
  const live = new Map(
    found.filter(({ payload }) => !isExpired(payload, now)).map((memory) => [memory.id, memory]),
  );
  const missing = ids.filter((id) => !live.has(id));
  if (missing.length > 0) throw errorFor(missing);
  return live;
}

function textOf({ payload }: MemoryRecord): string {
  return currentRevision(payload).text;
}

/** One error for a missing id or key, and for one outside the scope. */
export function notFound(names: readonly IdOrKey[]): MemoryNotFoundError {
  const inWords = names.map((name) =>
    typeof name === "string" ? JSON.stringify(name) : `with the key ${JSON.stringify(name.key)}`,
  );
  return new MemoryNotFoundError(`No memory ${inWords.join(", ")} can be changed from this scope.`, {
    ids: names.filter((name) => typeof name === "string"),
    keys: names.flatMap((name) => (typeof name === "string" ? [] : [name.key])),
  });
}

/** The memory with its changes; the memory itself where they change nothing. */
export function applyPatch(
  memory: MemoryRecord,
  { text, metadata, expiresAt, source }: ParsedUpdate["changes"],
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
  const from = sourceOf(memory.payload);
  if (source !== undefined) assertTrusted(source, memory);
  const isSame =
    !hasNewText &&
    end === memory.payload.expiresAt &&
    (source ?? from) === from &&
    sameJson(next.metadata, current.metadata);
  if (isSame) return memory;
  const { expiresAt: _, ...kept } = memory.payload;
  const payload = withRevision(
    {
      ...kept,
      ...(end === undefined ? {} : { expiresAt: end }),
      ...(source === undefined ? {} : { source }),
    },
    next,
  );
  const { vector, ...rest } = memory;
  return { ...rest, payload, ...(vector && !hasNewText ? { vector } : {}) };
}
