import type { OperationContext } from "../guard/operation-context.ts";
import { exactScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { byScopeKey } from "./identity.ts";

/** What is stored now of some memories, each at exactly its scope key. */
export async function findStored(
  { namespace, signal }: Pick<OperationContext, "namespace" | "signal">,
  wanted: Iterable<{ readonly id: string; readonly scopeKey: ScopeKey }>,
  options: { readonly vectors?: boolean } = {},
): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const { scopeKey, ids } of byScopeKey(wanted))
    found.push(...(await namespace.get({ ids, scope: exactScopeFilter(scopeKey), ...options, ...signal })));
  return found;
}
