import type { Access } from "../guard/guard.ts";
import type { ParsedOptions } from "../input/options.ts";
import { openCursor, sealCursor } from "../records/cursor.ts";
import {
  type Draft,
  decode,
  type HistoryEntry,
  isExpired,
  type MemoryItem,
  toHistory,
  toMemoryItem,
} from "../records/memory-record.ts";
import { readReach } from "../scope/scope-filter.ts";
import { holding } from "./search.ts";

/** One page of memories. */
export interface MemoryPage {
  /** From newest to oldest. */
  readonly memories: readonly MemoryItem[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/** The memories of these ids that the scope sees, in the order of the ids; null for each that it does not. */
export async function get(
  access: Access,
  ids: readonly string[],
  options: ParsedOptions,
): Promise<readonly (MemoryItem | null)[]> {
  const found = await findVisible(access, ids);
  return ids.map((id) => {
    const draft = found.get(id);
    if (!draft || (options.asOf !== undefined && draft.payload.validFrom > options.asOf)) return null;
    return toMemoryItem(draft, access.scope.tenant, options.asOf);
  });
}

/** The story of a memory, oldest first; empty when the scope does not see it. */
export async function history(access: Access, id: string): Promise<readonly HistoryEntry[]> {
  const draft = (await findVisible(access, [id])).get(id);
  return draft ? toHistory(draft.payload) : [];
}

/** Every memory that the scope sees, page by page. */
export async function getAll(access: Access, options: ParsedOptions): Promise<MemoryPage> {
  const within = readReach(access.scope.inner, options.levels);
  const { asOf, filter, cursor } = options;
  const binding = ["getAll", access.namespace.key, JSON.stringify({ within, asOf, filter })];
  const page = await access.namespace.list({
    within,
    filter: holding(Date.now(), options),
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
async function findVisible(access: Access, ids: readonly string[]): Promise<ReadonlyMap<string, Draft>> {
  const records = await access.namespace.get(ids, readReach(access.scope.inner), access.signal);
  const depth = ({ placement }: Draft) => Object.values(placement).filter((value) => value !== "").length;
  const drafts = records.map(decode).filter(({ payload }) => !isExpired(payload, Date.now()));
  return new Map(drafts.sort((a, b) => depth(a) - depth(b)).map((draft) => [draft.id, draft]));
}
