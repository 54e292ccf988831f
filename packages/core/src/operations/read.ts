import type { OperationContext } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { openCursor, sealCursor } from "../records/cursor.ts";
import {
  decode,
  type HistoryEntry,
  isExpired,
  type MemoryItem,
  type MemoryRecord,
  toHistory,
  toMemoryItem,
} from "../records/memory-record.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { validAt } from "./search.ts";

/** One page of memories. */
export interface MemoryPage {
  /** From newest to oldest. */
  readonly memories: readonly MemoryItem[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/** The memories of these ids that the scope sees, in the order of the ids; null for each that it does not. */
export async function get(
  access: OperationContext,
  ids: readonly string[],
  options: ParsedOptions,
): Promise<readonly (MemoryItem | null)[]> {
  const found = await findVisible(access, ids);
  return ids.map((id) => {
    const memory = found.get(id);
    if (!memory || (options.asOf !== undefined && memory.payload.validFrom > options.asOf)) return null;
    return toMemoryItem(memory, access.scope.tenant, options.asOf);
  });
}

/** The story of a memory, oldest first; empty when the scope does not see it. */
export async function history(access: OperationContext, id: string): Promise<readonly HistoryEntry[]> {
  const memory = (await findVisible(access, [id])).get(id);
  return memory ? toHistory(memory.payload) : [];
}

/** Every memory that the scope sees, page by page. */
export async function list(access: OperationContext, options: ParsedOptions): Promise<MemoryPage> {
  const scope = scopeFilter(access.scope.inner, options.levels);
  const { asOf, filter, cursor } = options;
  const binding = ["list", access.namespace.key, JSON.stringify({ scope, asOf, filter })];
  const page = await access.namespace.list({
    scope,
    filter: validAt(Date.now(), options),
    limit: options.limit ?? 100,
    ...(cursor === undefined ? {} : { cursor: openCursor(cursor, binding) }),
    ...access.signal,
  });
  return {
    memories: page.records.map((record) => toMemoryItem(decode(record), access.scope.tenant, asOf)),
    ...(page.cursor === undefined ? {} : { cursor: sealCursor(page.cursor, binding) }),
  };
}

/** Two levels may hold the same id; the memory nearest to the scope is the one that it means. */
async function findVisible(
  access: OperationContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MemoryRecord>> {
  const records = await access.namespace.get({
    ids,
    scope: scopeFilter(access.scope.inner),
    ...access.signal,
  });
  const depth = ({ scopeKey }: MemoryRecord) =>
    Object.values(scopeKey).filter((value) => value !== "").length;
  const memories = records.map(decode).filter(({ payload }) => !isExpired(payload, Date.now()));
  return new Map(memories.sort((a, b) => depth(a) - depth(b)).map((memory) => [memory.id, memory]));
}
