import type { Scope, SearchOptions } from "@loci/core";
import { engine, type Sabotage } from "./engine-saboteur.ts";
import type { Saboteur } from "./saboteur.ts";

/** Applies a change to the scope of every call. */
function changesScopes(change: (scope: Scope) => Scope): Sabotage {
  return (_, original) => ({
    add: (input: string, scope: Scope) => original.add(input, change(scope)),
    search: (query: string, scope: Scope) => original.search(query, change(scope)),
    list: (scope: Scope) => original.list(change(scope)),
    get: (id: string, scope: Scope) => original.get(id, change(scope)),
    update: (id: string, changes: object, scope: Scope) => original.update(id, changes, change(scope)),
    delete: (id: string, scope: Scope) => original.delete(id, change(scope)),
    deleteAll: (scope: Scope) => original.deleteAll(change(scope)),
    history: (id: string, scope: Scope) => original.history(id, change(scope)),
    scope: (scope: Scope) => original.scope(change(scope)),
  });
}

const fold = (scope: Scope): Scope =>
  typeof scope?.orgId === "string" ? { ...scope, orgId: scope.orgId.toLowerCase() } : scope;

/** Memories that take one scope for another. */
export const engineScopeSaboteurs: readonly Saboteur[] = [
  engine("folds-organizations", "Organizations are compared in lower case.", changesScopes(fold)),
  engine(
    "trims-organizations",
    "Organizations are trimmed.",
    changesScopes((scope) =>
      typeof scope?.orgId === "string" ? { ...scope, orgId: scope.orgId.trim() } : scope,
    ),
  ),
  engine(
    "trims-users",
    "Users are trimmed.",
    changesScopes((scope) =>
      typeof scope?.userId === "string" ? { ...scope, userId: scope.userId.trim() } : scope,
    ),
  ),
  engine(
    "coerces-identifiers",
    "Identifiers are turned into strings.",
    changesScopes((scope) => (scope?.orgId === undefined ? scope : { ...scope, orgId: String(scope.orgId) })),
  ),
  engine(
    "drops-empty-levels",
    "A user that is undefined or empty is left out.",
    changesScopes((scope) => {
      if (typeof scope !== "object" || scope === null || !("userId" in scope) || scope.userId) return scope;
      const { userId: _, ...rest } = scope;
      return rest;
    }),
  ),
  engine(
    "drops-unknown-keys-of-scopes",
    "An unknown key beside the scope is ignored.",
    changesScopes((scope) => {
      if (typeof scope !== "object" || scope === null || !("user" in scope)) return scope;
      const { user: _, ...rest } = scope as Scope & { user: unknown };
      return rest as Scope;
    }),
  ),
  engine(
    "has-a-default-organization",
    "A call without an organization goes to a default one.",
    changesScopes((scope) =>
      scope && typeof scope === "object" && !Array.isArray(scope) && scope.orgId === undefined
        ? { ...scope, orgId: "default" }
        : scope,
    ),
  ),
  engine("forgets-the-run", "The run is stamped on writing and forgotten on reading.", (_, original) => ({
    search: (query: string, scope: Scope & SearchOptions) => {
      const { runId, ...rest } = scope;
      return original.search(query, runId === undefined ? scope : { ...rest, levels: "within" });
    },
  })),
  engine("takes-stars", "A star as user means every user.", (_, original) => ({
    search: (query: string, scope: Scope) =>
      original.search(query, scope?.userId === "*" ? { orgId: scope.orgId, levels: "within" } : scope),
  })),
  engine("lets-filters-name-users", "A filter on userId chooses the user.", (_, original) => ({
    list: (scope: Scope & { filter?: Record<string, string> }) => {
      const { filter, ...rest } = scope;
      return typeof filter?.userId === "string"
        ? original.list({ ...rest, userId: filter.userId })
        : original.list(scope);
    },
  })),
  engine("obeys-texts", "A text that names an organization is stored there.", (_, original) => ({
    add: (input: string, scope: Scope) => {
      const named = typeof input === "string" ? /orgId: (\w+)/.exec(input)?.[1] : undefined;
      return original.add(input, named ? { orgId: named } : scope);
    },
  })),
];
