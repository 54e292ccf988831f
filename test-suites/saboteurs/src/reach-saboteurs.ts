import { inScope, type ScopeFilter, type ScopeKey } from "@loci/core/store";
import { glob, isInjection } from "./patterns.ts";
import { type Operation, RightStore } from "./right-store.ts";
import { type Saboteur, store } from "./saboteur.ts";

/** The values of one level that a scope filter lets through. */
type Allowed = ScopeFilter["user"];

/** Forgets the reach in one operation. */
function forgetsReachIn(forgotten: Operation): new () => RightStore {
  return class extends RightStore {
    override inScope(scope: ScopeFilter, scopeKey: ScopeKey, operation: Operation) {
      return operation === forgotten || super.inScope(scope, scopeKey, operation);
    }
  };
}

/** Compares the values of levels in a way of its own. */
function compares(alike: (allowed: string, value: string) => boolean): new () => RightStore {
  return class extends RightStore {
    override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
      const allows = (allowed: Allowed, value: string) =>
        allowed === "any" || allowed.some((one) => one === value || (one !== "" && alike(one, value)));
      return (
        allows(scope.user, scopeKey.user) &&
        allows(scope.agent, scopeKey.agent) &&
        allows(scope.run, scopeKey.run)
      );
    }
  };
}

const like = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("%", ".*")
      .replaceAll("_", ".")}$`,
  );

/** Stores that forget who asks, or take one name for another. */
export const reachSaboteurs: readonly Saboteur[] = [
  store("forgets-reach-in-list", "Listing was written without the scope.", forgetsReachIn("list")),
  store("forgets-reach-in-search", "The vector arm was written without the scope.", forgetsReachIn("search")),
  store(
    "forgets-reach-in-words",
    "The keyword arm was written without the scope.",
    forgetsReachIn("searchText"),
  ),
  store("forgets-reach-in-get", "Whoever knows an id reads it.", forgetsReachIn("get")),
  store("forgets-reach-in-delete", "Whoever may delete, deletes everybody's.", forgetsReachIn("delete")),
  store("forgets-reach-in-count", "Counting counts everybody's.", forgetsReachIn("count")),
  store(
    "fails-open",
    "A level that is not given counts as any.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const open = (allowed: Allowed) =>
          allowed !== "any" && allowed.every((value) => value === "") ? "any" : allowed;
        return inScope(
          { ...scope, user: open(scope.user), agent: open(scope.agent), run: open(scope.run) },
          scopeKey,
        );
      }
    },
  ),
  store(
    "sees-what-nobody-owns",
    "What has no owner at a level is seen from everywhere, also from where only one's own was asked for.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const allows = (allowed: Allowed, value: string) =>
          allowed === "any" || value === "" || allowed.includes(value);
        return (
          allows(scope.user, scopeKey.user) &&
          allows(scope.agent, scopeKey.agent) &&
          allows(scope.run, scopeKey.run)
        );
      }
    },
  ),
  store(
    "matches-prefixes",
    "A name matches every name that begins with it.",
    compares((one, value) => value.startsWith(one)),
  ),
  store(
    "matches-suffixes",
    "A name matches every name that ends with it.",
    compares((one, value) => value.endsWith(one)),
  ),
  store(
    "folds-case",
    "Names are compared in lower case.",
    compares((one, value) => one.toLowerCase() === value.toLowerCase()),
  ),
  store(
    "folds-to-upper-case",
    "Names are compared in upper case, where a dotless i has a dot.",
    compares((one, value) => one.toUpperCase() === value.toUpperCase()),
  ),
  store(
    "normalizes",
    "Names are compared in NFKC.",
    compares((one, value) => one.normalize("NFKC") === value.normalize("NFKC")),
  ),
  store(
    "strips-accents",
    "Names are compared by a collation without accents.",
    compares((one, value) => one.localeCompare(value, "en", { sensitivity: "base" }) === 0),
  ),
  store(
    "trims",
    "Names are compared without the white space around them.",
    compares((one, value) => one.trim() === value.trim()),
  ),
  store(
    "truncates",
    "Names are cut after 63 characters.",
    compares((one, value) => one.slice(0, 63) === value.slice(0, 63)),
  ),
  store(
    "coerces-numbers",
    "Names that look like the same number are the same.",
    compares((one, value) => value.trim() !== "" && Number(one) === Number(value)),
  ),
  store(
    "matches-like",
    "Names are patterns of LIKE.",
    compares((one, value) => like(one).test(value)),
  ),
  store(
    "matches-globs",
    "Names are globs.",
    compares((one, value) => glob(one).test(value)),
  ),
  store(
    "splices-names",
    "Names are put into the query as they are.",
    compares((one) => isInjection(one)),
  ),
  store(
    "splits-lists",
    "A name with commas in it is a list of names.",
    compares((one, value) => one.split(",").includes(value)),
  ),
  store(
    "joins-levels",
    "The levels are joined with a separator that names may contain.",
    class extends RightStore {
      override inScope(scope: ScopeFilter, scopeKey: ScopeKey) {
        const values = [scope.user, scope.agent, scope.run];
        if (values.some((allowed) => allowed === "any")) return inScope(scope, scopeKey);
        const joined = ([user, agent, run]: readonly string[]) =>
          [user, agent, run].filter((part) => part !== "").join(":");
        const [users, agents, runs] = values as readonly (readonly string[])[] as [
          string[],
          string[],
          string[],
        ];
        const paths = users.flatMap((user) =>
          agents.flatMap((agent) => runs.map((run) => joined([user, agent, run]))),
        );
        return paths.includes(joined([scopeKey.user, scopeKey.agent, scopeKey.run]));
      }
    },
  ),
];
