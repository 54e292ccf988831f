import type { ScopeKey } from "../scope/scope-filter.ts";

/** What names a memory within its namespace: two users' memories may have one id. */
interface Identified {
  readonly id: string;
  readonly scopeKey: ScopeKey;
}

/** Names a memory within its namespace. */
export function identityOf(id: string, { user, agent, run }: ScopeKey): string {
  // No part can contain a NUL, since identifiers with control characters are rejected.
  return `${id}\0${user}\0${agent}\0${run}`;
}

/** The same of a memory or a record. */
export function nameOf({ id, scopeKey }: Identified): string {
  return identityOf(id, scopeKey);
}

/** Groups memories by scope key. */
export function* byScopeKey<T extends Identified>(
  memories: Iterable<T>,
): Generator<{
  readonly scopeKey: ScopeKey;
  readonly ids: readonly string[];
  readonly members: readonly T[];
}> {
  for (const members of Map.groupBy(memories, ({ scopeKey }) => identityOf("", scopeKey)).values()) {
    const [first] = members;
    if (first) yield { scopeKey: first.scopeKey, ids: members.map(({ id }) => id), members };
  }
}
