import { type Condition, type Conditions, decidedBy, type Looking, rightConditions } from "./conditions.ts";
import type { WrongCalls } from "./mistake.ts";
import type { NamedMistake } from "./named-mistake.ts";

export const filtered = ["list", "search", "searchText", "count", "delete"] as const;
const looking = [...filtered, "get"] as const;
const forgotten = () => true;

/** Conditions of a query that are forgotten, or compared otherwise. */
export const forgottenConditions: readonly NamedMistake[] = [
  condition("forgets-the-reach", "Forgets who asks", looking, {
    ...{ user: forgotten, agent: forgotten, run: forgotten },
  }),
  condition("forgets-the-user", "Forgets the user", looking, { user: forgotten }),
  condition("forgets-the-agent", "Forgets the agent", looking, { agent: forgotten }),
  condition("forgets-the-run", "Forgets the run", looking, { run: forgotten }),
  condition("hides-what-is-shared", "Finds nothing of what all users share", looking, {
    user: (record, query) =>
      rightConditions.user(record, query) &&
      (query.scope.user === "any" || record.scopeKey.user !== "" || query.scope.user.length === 1),
  }),
  condition("adds-what-is-shared", "Adds what all users share to what is one's own", looking, {
    user: (record, query) => record.scopeKey.user === "" || rightConditions.user(record, query),
  }),
  condition("adds-what-is-below", "Adds what is at an agent or a run below", looking, {
    agent: forgotten,
    run: forgotten,
  }),
  condition("forgets-the-filter", "Forgets the filter", filtered, { filter: forgotten }),
  condition("forgets-the-ids", "Forgets which ids were asked for", ["get", "delete"], { ids: forgotten }),
  condition("finds-ids-by-prefix", "Takes an id for the beginning of ids", ["get", "delete"], {
    ids: ({ id }, { ids }) => !ids || ids.some((one) => id.startsWith(one)),
  }),
  condition("folds-ids", "Compares ids in lower case", ["get", "delete"], {
    ids: ({ id }, { ids }) => !ids || ids.some((one) => one.toLowerCase() === id.toLowerCase()),
  }),
  condition("takes-eight-ids", "Looks for the first eight ids", ["get", "delete"], {
    ids: ({ id }, { ids }) => !ids || ids.slice(0, 8).includes(id),
  }),
  condition("takes-500-ids", "Looks for the first 500 ids", ["get", "delete"], {
    ids: ({ id }, { ids }) => !ids || ids.slice(0, 500).includes(id),
  }),
  condition("forgets-the-versions", "Deletes by id and placement, whatever the version", ["delete"], {
    versions: (record, { versions }) =>
      rightConditions.versions(record, {
        versions: versions?.map((one) => ({ ...one, version: record.version })),
      } as never),
  }),
  condition("forgets-placements-of-versions", "Deletes by id and version, at any placement", ["delete"], {
    versions: ({ id, version }, { versions }) =>
      !versions || versions.some((one) => one.id === id && one.version === version),
  }),
  condition("takes-50-versions", "Deletes the first 50 versions", ["delete"], {
    versions: (record, { versions }) =>
      rightConditions.versions(record, { versions: versions?.slice(0, 50) } as never),
  }),
  ...Object.entries({ user: "user", agent: "agent", run: "run" } as const).flatMap(([name, level]) => [
    condition(`folds-the-${name}`, `Compares the ${name} in lower case`, looking, {
      [level]: atLevel(level, (one, value) => one.toLowerCase() === value.toLowerCase()),
    }),
    condition(`cuts-the-${name}`, `Compares the first 30 characters of the ${name}`, looking, {
      [level]: atLevel(level, (one, value) => one.slice(0, 30) === value.slice(0, 30)),
    }),
    condition(`trims-the-${name}`, `Compares the ${name} without white space around it`, looking, {
      [level]: atLevel(level, (one, value) => one.trim() === value.trim()),
    }),
    condition(`normalizes-the-${name}`, `Compares the ${name} in NFKC`, looking, {
      [level]: atLevel(level, (one, value) => one.normalize("NFKC") === value.normalize("NFKC")),
    }),
  ]),
];

/** Some operations, decided by conditions of which some are wrong. */
export function condition(
  id: string,
  does: string,
  operations: readonly Looking[],
  changed: Partial<Conditions>,
): NamedMistake {
  const all = decidedBy(changed);
  const calls: WrongCalls = Object.fromEntries(operations.map((operation) => [operation, all[operation]]));
  return { id, does, calls };
}

function atLevel(level: "user" | "agent" | "run", alike: (one: string, value: string) => boolean): Condition {
  return ({ scopeKey }, { scope }) => {
    const allowed: readonly string[] | "any" = scope[level];
    const value = scopeKey[level];
    return allowed === "any" || allowed.some((one) => one === value || (one !== "" && alike(one, value)));
  };
}
