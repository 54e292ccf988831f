import type { OperationContext } from "../guard/operation-context.ts";
import type { ScopesOptions } from "../input/scopes-options.ts";
import { openCursor, sealCursor } from "../records/cursor.ts";
import { validAt } from "../records/validity.ts";
import type { Scope } from "../scope/scope.ts";
import { type ScopeKey, scopeFilter } from "../scope/scope-filter.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";

/**
 * One page of the scopes of an organization.
 * @example
 * ```ts
 * const { scopes, cursor }: ScopePage = await memory.organization("acme").scopes();
 * ```
 */
export interface ScopePage {
  /** In the order of user, agent and run. */
  readonly scopes: readonly ScopeCount[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/** How many memories a scope has now. */
interface ScopeCount {
  readonly scope: Readonly<Partial<Scope>>;
  readonly memories: number;
}

const pageSize = 1000;

/**
 * The scopes of an organization that have memories, with their number. No store counts by scope: each page reads all records once, and keeps
 * no more scopes in memory than it has.
 */
export async function listScopes(
  context: OperationContext,
  { limit = 100, cursor, by = "scope" }: Pick<ScopesOptions, "limit" | "cursor" | "by">,
): Promise<ScopePage> {
  const { namespace, signal } = context;
  const binding = ["scopes", namespace.key, namespace.idSalt, String(namespace.manifest.createdAt), by];
  const after = cursor === undefined ? undefined : await openCursor(cursor, binding);
  const counts = new Map<string, number>();
  let last: string | undefined;
  const pages = namespace.pages({
    scope: scopeFilter({}, "within"),
    filter: validAt(Date.now(), {}),
    limit: pageSize,
    ...signal,
  });
  for await (const records of pages) {
    if (isTurnOver()) await nextTurn();
    for (const { scopeKey } of records) {
      const key = keyOf(scopeKey, by);
      if (key === undefined || (after !== undefined && key <= after)) continue;
      if (last !== undefined && key > last) continue;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (counts.size < 2 * (limit + 1)) continue;
      // One more than the page has says that there is another page.
      const smallest = [...counts.keys()].sort();
      for (const surplus of smallest.slice(limit + 1)) counts.delete(surplus);
      last = smallest[limit];
    }
  }
  const keys = [...counts.keys()].sort().slice(0, limit);
  const scopes = keys.map((key) => ({ scope: scopeOfKey(key, by, context), memories: counts.get(key) ?? 0 }));
  const end = keys.at(-1);
  if (counts.size <= limit || end === undefined) return { scopes };
  return { scopes, cursor: await sealCursor(end, binding) };
}

/** A key that sorts by user, agent and run, with what is shared before all of them. Undefined for what is not counted. */
function keyOf({ user, agent, run }: ScopeKey, by: NonNullable<ScopesOptions["by"]>): string | undefined {
  if (by === "scope") return [user, agent, run].join("\0");
  return { user, agent, run }[by] || undefined;
}

function scopeOfKey(
  key: string,
  by: NonNullable<ScopesOptions["by"]>,
  { scope: { tenant } }: OperationContext,
): Readonly<Partial<Scope>> {
  const parts = by === "scope" ? key.split("\0") : [];
  const [user = "", agent = "", run = ""] = parts;
  const inner = by === "scope" ? { user, agent, run } : { user: "", agent: "", run: "", [by]: key };
  return {
    ...(tenant.kind === "organization" ? { orgId: tenant.orgId } : {}),
    ...(inner.user ? { userId: inner.user } : {}),
    ...(inner.agent ? { agentId: inner.agent } : {}),
    ...(inner.run ? { runId: inner.run } : {}),
  };
}
