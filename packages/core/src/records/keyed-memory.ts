import type { OperationContext } from "../guard/operation-context.ts";
import { type ScopeKey, scopeFilter, scopeKeyOf, visibleScopeKeys } from "../scope/scope-filter.ts";
import { digest, uuid } from "../store/digest.ts";
import { nameOf } from "./identity.ts";
import { isExpired, type MemoryRecord, toMemoryRecord } from "./memory-record.ts";

/**
 * The id of the memory with a key at a scope key: a hash of both. So two processes that store the first one at once write the same
 * record, and the store lets one of them win.
 */
export function keyedId(salt: string, { user, agent, run }: ScopeKey, key: string): string {
  return uuid(digest("key", user, agent, run, key, salt));
}

/** Where the memory with a key is, at exactly the scope of an operation. */
export function keyedAt({ namespace, scope }: OperationContext, key: string): Place {
  const scopeKey = scopeKeyOf(scope.inner);
  return { id: keyedId(namespace.idSalt, scopeKey, key), scopeKey };
}

/** Where a memory is in its namespace. */
interface Place {
  readonly id: string;
  readonly scopeKey: ScopeKey;
}

/**
 * The visible memory with a key. Of several it is the one that shares the most levels with the scope; of two that share as many, the
 * one of the run, then of the agent.
 * @param isMeant whether a memory comes into question
 */
export async function findVisibleKeyed(
  context: OperationContext,
  key: string,
  isMeant: (memory: MemoryRecord) => boolean = () => true,
): Promise<MemoryRecord | undefined> {
  const { namespace, scope, signal } = context;
  const places = visibleScopeKeys(scope.inner).map(
    (scopeKey): Place => ({ id: keyedId(namespace.idSalt, scopeKey, key), scopeKey }),
  );
  const ids = places.map(({ id }) => id);
  const records = await namespace.get({ ids, scope: scopeFilter(scope.inner), ...signal });
  const now = Date.now();
  const found = new Map(
    records
      .map(toMemoryRecord)
      .filter((memory) => !isExpired(memory.payload, now) && isMeant(memory))
      .map((memory) => [nameOf(memory), memory]),
  );
  return places.map((place) => found.get(nameOf(place))).find((memory) => memory !== undefined);
}
