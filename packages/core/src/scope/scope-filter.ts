import type { InnerScope, Levels } from "./scope.ts";

/**
 * The scope predicate of an operation. A record matches when the filter allows each of its three levels. Only core
 * mints one, and every operation of a store carries one. A store puts it at the root of the conjunction, where no
 * filter can widen it.
 */
export interface ScopeFilter {
  readonly [brand]: true;
  readonly user: Allowed;
  readonly agent: Allowed;
  readonly run: Allowed;
}

/** The values that a record may have at one level, or `any`. Never empty. */
type Allowed = readonly string[] | "any";

declare const brand: unique symbol;
const mark: unique symbol = Symbol.for("loci.scope-filter") as never;

/** Where a record lives inside its namespace. The empty string means "shared at this level". */
export interface ScopeKey {
  readonly user: string;
  readonly agent: string;
  readonly run: string;
}

/** The scope key of a memory that is written at `scope`. */
export function scopeKeyOf(scope: InnerScope): ScopeKey {
  return Object.freeze({ user: scope.userId ?? "", agent: scope.agentId ?? "", run: scope.runId ?? "" });
}

/** The records that an operation at `scope` may see or change. Writes use `within`: the scope and all below it. */
export function scopeFilter(scope: InnerScope, levels: Levels = "visible"): ScopeFilter {
  if (levels === "own") return exactScopeFilter(scopeKeyOf(scope));
  const { userId, agentId, runId } = scope;
  if (levels === "within") {
    const downFrom = (id: string | undefined): Allowed => (id === undefined ? "any" : [id]);
    return mint(downFrom(userId), downFrom(agentId), downFrom(runId));
  }
  const upTo = (id: string | undefined): Allowed => (id === undefined ? [""] : ["", id]);
  return mint(upTo(userId), upTo(agentId), upTo(runId));
}

/**
 * The scope keys of what a read at `scope` sees, the nearest first: the scope's own, then those with one level less, of which a run is
 * nearer than an agent, and an agent nearer than a user.
 */
export function visibleScopeKeys(scope: InnerScope): readonly ScopeKey[] {
  const { user, agent, run } = scopeKeyOf(scope);
  const upFrom = (id: string) => (id === "" ? [""] : [id, ""]);
  const keys = upFrom(run).flatMap((run) =>
    upFrom(agent).flatMap((agent) => upFrom(user).map((user): ScopeKey => ({ user, agent, run }))),
  );
  const levels = (key: ScopeKey) => Object.values(key).filter((id) => id !== "").length;
  return keys.sort((a, b) => levels(b) - levels(a));
}

/** The records with exactly this scope key. */
export function exactScopeFilter({ user, agent, run }: ScopeKey): ScopeFilter {
  return mint([user], [agent], [run]);
}

/** Whether a value is a scope filter that core minted. */
function isScopeFilter(value: unknown): value is ScopeFilter {
  return typeof value === "object" && value !== null && Object.hasOwn(value, mark);
}

/** @throws TypeError for anything but a scope filter that core minted: without one, nothing is visible. */
export function assertScopeFilter(value: unknown): asserts value is ScopeFilter {
  if (!isScopeFilter(value)) throw new TypeError("A query needs a scope filter that core has made.");
}

/** Whether a record with this scope key matches the filter. */
export function inScope(filter: ScopeFilter, key: ScopeKey): boolean {
  const allows = (allowed: Allowed, value: string) => allowed === "any" || allowed.includes(value);
  return allows(filter.user, key.user) && allows(filter.agent, key.agent) && allows(filter.run, key.run);
}

function mint(user: Allowed, agent: Allowed, run: Allowed): ScopeFilter {
  const filter = { user, agent, run };
  for (const allowed of Object.values(filter)) Object.freeze(allowed);
  Object.defineProperty(filter, mark, { value: true });
  return Object.freeze(filter) as ScopeFilter;
}
