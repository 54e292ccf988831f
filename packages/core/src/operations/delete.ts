import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import type { IdOrKey } from "../input/id-or-key.ts";
import { type DeleteResult, nothingDeleted } from "../records/delete-result.ts";
import { keyedAt } from "../records/keyed-memory.ts";
import { toErasable } from "../records/to-erasable.ts";
import { exactScopeFilter, type ScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import { distinctResidue } from "../store/distinct-residue.ts";
import type { Residue } from "../store/vector-store.ts";
import { erase } from "./erase.ts";
import { eraseAll } from "./erase-all.ts";

/** Deletes the memory with this id, at the scope and below it, or with this key, at exactly the scope. */
export async function remove(context: OperationContext, name: IdOrKey): Promise<DeleteResult> {
  if (typeof name === "string") return removeMany(context, [name]);
  const { id, scopeKey } = keyedAt(context, name.key);
  return toResult(context, await eraseByIds(context, [id], exactScopeFilter(scopeKey)));
}

/** Deletes memories at the scope and below it, by their ids. */
export async function removeMany(context: OperationContext, ids: readonly string[]): Promise<DeleteResult> {
  const scope = scopeFilter(context.scope.inner, "within");
  return toResult(context, await eraseByIds(context, ids, scope));
}

/** Deletes everything at the scope and below it. */
export async function removeAll(context: OperationContext): Promise<DeleteResult> {
  return toResult(context, await eraseAll(context, scopeFilter(context.scope.inner, "within")));
}

/** Erases the memories with some ids that a scope filter covers. @returns how many */
export async function eraseByIds(
  context: OperationContext,
  ids: readonly string[],
  scope: ScopeFilter,
): Promise<number> {
  const { erased } = await erase(context, async ({ namespace, signal }) =>
    (await namespace.get({ ids, scope, ...signal })).map(toErasable),
  );
  return erased;
}

/** What the backends hold of what was deleted, in the namespace from before a re-embedding too. */
export async function residueNow({
  namespace,
  previousNamespace,
  signal,
}: OperationContext): Promise<readonly Residue[]> {
  const previous = previousNamespace ? await previousNamespace.residueNow(signal) : [];
  return distinctResidue([...(await namespace.residueNow(signal)), ...previous]);
}

async function toResult(context: OperationContext, deleted: number): Promise<DeleteResult> {
  if (deleted === 0) return nothingDeleted;
  const residue = await inNamespace(context, residueNow);
  return { deleted, residue };
}
