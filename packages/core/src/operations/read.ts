import type { Filter } from "../filter/filter.ts";
import { atOrBelow } from "../filter/key-paths.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { IdOrKey } from "../input/id-or-key.ts";
import type { ParsedListOptions } from "../input/list-options.ts";
import type { ParsedQuery } from "../input/query-options.ts";
import { assertNoCursor, openCursor, sealCursor } from "../records/cursor.ts";
import { type HistoryEntry, toHistory } from "../records/history-entry.ts";
import { findVisibleKeyed } from "../records/keyed-memory.ts";
import { type MemoryItem, type MemoryPage, toMemoryItem } from "../records/memory-item.ts";
import { isExpired, type MemoryRecord, toMemoryRecord } from "../records/memory-record.ts";
import { validAt } from "../records/validity.ts";
import { scopeFilter } from "../scope/scope-filter.ts";

/** The visible memory with this id or key, or null. */
export async function get(
  context: OperationContext,
  name: IdOrKey,
  options: Pick<ParsedQuery, "asOf">,
): Promise<MemoryItem | null> {
  if (typeof name === "string") return (await getMany(context, [name], options))[0] ?? null;
  const { asOf } = options;
  const memory = await findVisibleKeyed(context, name.key, (one) => heldAt(one, asOf));
  return memory ? toMemoryItem(memory, context.scope.tenant, asOf) : null;
}

/** The visible memories with these ids, in order; null for every other id. */
export async function getMany(
  context: OperationContext,
  ids: readonly string[],
  options: Pick<ParsedQuery, "asOf">,
): Promise<readonly (MemoryItem | null)[]> {
  const found = await findVisible(context, ids);
  return ids.map((id) => {
    const memory = found.get(id);
    return memory && heldAt(memory, options.asOf)
      ? toMemoryItem(memory, context.scope.tenant, options.asOf)
      : null;
  });
}

/** Whether a memory was valid at a moment, or later. */
function heldAt({ payload }: MemoryRecord, asOf: number | undefined): boolean {
  return asOf === undefined || payload.validFrom <= asOf;
}

/** The history of a memory, oldest first; empty when the scope does not see it. */
export async function history(context: OperationContext, name: IdOrKey): Promise<readonly HistoryEntry[]> {
  const memory =
    typeof name === "string"
      ? (await findVisible(context, [name])).get(name)
      : await findVisibleKeyed(context, name.key);
  return memory ? toHistory(memory.payload) : [];
}

/** The visible memories, page by page. */
export async function list(context: OperationContext, options: ParsedListOptions): Promise<MemoryPage> {
  const scope = scopeFilter(context.scope.inner, options.levels);
  const { asOf, after, before, minimumTrust, cursor, keyPrefix } = options;
  const filters = [options.filter ?? [], keyPrefix === undefined ? [] : atOrBelow(keyPrefix)].flat();
  const filter: Filter | undefined = filters.length > 1 ? { type: "and", filters } : filters[0];
  const { key, idSalt, manifest } = context.namespace;
  const asked = JSON.stringify({ scope, asOf, after, before, filter, minimumTrust });
  const binding = ["list", key, idSalt, String(manifest.createdAt), asked];
  const page = await context.namespace.list({
    scope,
    filter: validAt(Date.now(), { ...options, ...(filter ? { filter } : {}) }),
    limit: options.limit ?? 100,
    ...(cursor === undefined ? {} : { cursor: await openCursor(cursor, binding) }),
    ...context.signal,
  });
  return {
    memories: page.records.map((record) => toMemoryItem(toMemoryRecord(record), context.scope.tenant, asOf)),
    ...(page.cursor === undefined ? {} : { cursor: await sealCursor(page.cursor, binding) }),
  };
}

/** How many memories the scope sees. */
export async function count(context: OperationContext, options: ParsedQuery): Promise<number> {
  return context.namespace.count({
    scope: scopeFilter(context.scope.inner, options.levels),
    filter: validAt(Date.now(), options),
    ...context.signal,
  });
}

/** The answer for a tenant that has never stored anything. @throws InvalidCursorError: it has given no cursor */
export function emptyPage(cursor: string | undefined): MemoryPage {
  assertNoCursor(cursor);
  return { memories: [] };
}

/** Two levels may hold the same id. The memory nearest to the scope wins. */
async function findVisible(
  context: OperationContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MemoryRecord>> {
  const records = await context.namespace.get({
    ids,
    scope: scopeFilter(context.scope.inner),
    ...context.signal,
  });
  const depth = ({ scopeKey }: MemoryRecord) =>
    Object.values(scopeKey).filter((value) => value !== "").length;
  const memories = records.map(toMemoryRecord).filter(({ payload }) => !isExpired(payload, Date.now()));
  return new Map(memories.sort((a, b) => depth(a) - depth(b)).map((memory) => [memory.id, memory]));
}
