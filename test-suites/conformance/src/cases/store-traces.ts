import { inMemory } from "@loci/core";
import { type Filter, parseFilter, type ScopeFilter, type StoredRecord } from "@loci/core/store";
import * as fc from "fast-check";
import { CaseFailure } from "../case-failure.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { identifiers } from "../corpus.ts";
import {
  everything,
  listAll,
  nameOf,
  type Organization,
  openOrganization,
  placementAt,
  queryWeights,
  recordOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { outcomeOf } from "../oracles/outcome.ts";

const orgIds = ["acme", "acme-corp", "Acme"];
const level = fc.constantFrom("", "a", "ab", "A", ...identifiers.slice(0, 6));
// Most steps meet at a few places, so that one undoes what another did; the others look for what is alike.
const scopeKey = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(placementAt(""), placementAt("a"), placementAt("ab"), placementAt("a", "b")),
  },
  fc.tuple(level, level, fc.constantFrom("", "r")).map(([user, agent, run]) => placementAt(user, agent, run)),
);
const levels = fc.constantFrom("visible", "own", "within");
const filters: readonly (Filter | undefined)[] = [
  undefined,
  undefined,
  parseFilter({ a: "x" }),
  parseFilter({ $or: [{ a: 1 }, { a: { $ne: "x" } }] }),
  parseFilter({ $not: { a: { $exists: true } } }),
];
const organization = fc.oneof({ weight: 2, arbitrary: fc.constant("acme") }, fc.constantFrom(...orgIds));
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("upsert" as const),
      organization,
      id: fc.constantFrom("one", "two", "three"),
      scopeKey,
      word: fc.constantFrom("red", "blue"),
      a: fc.constantFrom("x", 1, true),
      isNew: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("rewrite" as const),
      organization,
      which: fc.nat(5),
      expected: fc.constantFrom("absent", "current", "stale"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete versions" as const),
      organization,
      age: fc.constantFrom("current", "stale", "stale"),
      scopeKey: fc.constantFrom(placementAt(""), placementAt("a")),
      levels: fc.constantFrom("within", "within", "own"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      organization,
      ids: fc.option(fc.array(fc.constantFrom("one", "two"), { minLength: 1 }), { nil: undefined }),
      scopeKey,
      levels,
    }),
  },
  fc.record({ do: fc.constant("drop" as const), organization }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("look" as const),
      organization,
      scopeKey,
      levels,
      filter: fc.constantFrom(...filters),
    }),
  },
);
type Age = "current" | "stale";
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Traces of operations over several organizations and users, beside the in-memory store. */
export const storeTraces: readonly ConformanceCase[] = [
  {
    id: "traces-match-the-reference",
    claim:
      "After any sequence of writes, deletions, drops and reads, every organization and reach sees what the reference says.",
    level: "isolation",
    layer: "store",
    async run({ another, check, seed, effort, path }) {
      const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
        const { store } = await another();
        const { keyword } = store.capabilities;
        const subject = await trace(store, steps, keyword);
        const reference = await trace(inMemory(), steps, keyword);
        for (const [index, expected] of reference.entries()) {
          if (subject[index] !== expected) {
            throw new CaseFailure(
              `Step ${index + 1}, ${JSON.stringify(steps[index])}: expected ${expected}, got ${subject[index]}`,
              saysMore(subject[index], expected),
            );
          }
        }
      });
      const details = await fc.check(property, {
        seed,
        numRuns: 30 * effort,
        ...(path === undefined ? {} : { path }),
      });
      const { failed, errorInstance } = details;
      check(
        !failed,
        () => {
          const cause = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
          return `${cause}. Replay with seed ${details.seed}, path ${details.counterexamplePath}; the smallest trace has ${details.counterexample?.[0].length} steps.`;
        },
        errorInstance instanceof CaseFailure && errorInstance.foreign,
      );
    },
  },
];

/** Whether an outcome shows more than it should: a record, or a larger count. An error shows nothing, and neither does what is lost. */
function saysMore(seen: string | undefined, expected: string): boolean {
  const [value, other] = [seen, expected].map((outcome) =>
    outcome?.startsWith("value ") ? (JSON.parse(outcome.slice("value ".length)) as unknown) : undefined,
  );
  const isMoreThan = (more: unknown, less: unknown): boolean => {
    if (typeof more === "number") return typeof less === "number" && more > less;
    if (Array.isArray(more)) return more.some((one) => !Array.isArray(less) || !less.includes(one));
    if (typeof more !== "object" || more === null) return false;
    return Object.entries(more).some(([name, part]) => isMoreThan(part, Reflect.get(Object(less), name)));
  };
  return isMoreThan(value, other);
}

/** Runs the steps, and says after each what was seen. */
async function trace(
  store: Parameters<typeof openOrganization>[0],
  steps: readonly Step[],
  keyword: boolean,
): Promise<readonly string[]> {
  const open = new Map<string, Traced>();
  const seen: string[] = [];
  for (const one of steps) {
    let target = open.get(one.organization);
    if (!target) {
      target = { ...(await openOrganization(store, one.organization)), current: [], stale: [] };
      open.set(one.organization, target);
    }
    if (one.do === "drop") open.delete(one.organization);
    seen.push(await outcomeOf(() => take(one, store, target, keyword)));
    if (one.do !== "drop" && one.do !== "look") await readVersions(target);
  }
  return seen;
}

/** An organization, and what was read of it: last, and before the last change. */
interface Traced extends Organization {
  current: readonly StoredRecord[];
  stale: readonly StoredRecord[];
}

async function readVersions(target: Traced): Promise<void> {
  const nameOfRecord = ({ id, scopeKey }: StoredRecord) => `${id} ${nameOf(scopeKey)}`;
  const now = (await listAll(target.namespace, everything)).toSorted((a, b) =>
    nameOfRecord(a) < nameOfRecord(b) ? -1 : 1,
  );
  const isOld = (old: StoredRecord) =>
    now.every((one) => nameOfRecord(one) !== nameOfRecord(old) || one.version !== old.version);
  target.stale = [...target.current, ...target.stale].filter(isOld);
  target.current = now;
}

async function take(
  one: Step,
  store: Parameters<typeof openOrganization>[0],
  target: Traced,
  keyword: boolean,
): Promise<unknown> {
  const { orgId, key, namespace } = target;
  switch (one.do) {
    case "upsert": {
      const record = {
        ...recordOf(key, `${one.word} ${orgId} ${nameOf(one.scopeKey)}`, {
          id: one.id,
          scopeKey: one.scopeKey,
          fields: { a: one.a },
        }),
        ...(one.isNew ? { expected: "absent" as const } : {}),
      };
      return (await namespace.upsert({ records: [record] })).map(({ id, payload }) => `${id} ${payload}`);
    }
    case "rewrite": {
      // Versions are a store's own: a trace names them by their age.
      const known = target[one.expected === "stale" ? "stale" : "current"];
      const read = known[one.which % known.length];
      if (!read) return "nothing to write over";
      const { id, scopeKey: at, version } = read;
      const expected = one.expected === "absent" ? one.expected : { version };
      const record = { ...recordOf(key, `rewritten ${orgId} ${nameOf(at)}`, { id, scopeKey: at }), expected };
      return (await namespace.upsert({ records: [record] })).length;
    }
    case "delete versions":
      return namespace.delete({
        versions: target[one.age as Age],
        scope: visibleFrom(one.scopeKey, one.levels as "own"),
      });
    case "delete":
      return namespace.delete({
        ...(one.ids ? { ids: one.ids } : {}),
        scope: visibleFrom(one.scopeKey, one.levels as "own"),
      });
    case "drop":
      return (await store.drop({ key })).dropped;
    case "look": {
      const scope: ScopeFilter = visibleFrom(one.scopeKey, one.levels as "own");
      const query = { scope, limit: 100, ...(one.filter ? { filter: one.filter } : {}) };
      const names = (records: readonly StoredRecord[]) =>
        records.map(({ id, scopeKey: at, payload }) => `${id} ${nameOf(at)} ${payload}`).sort();
      return {
        count: await namespace.count({ scope, ...(one.filter ? { filter: one.filter } : {}) }),
        list: names((await namespace.list(query)).records),
        search: names(
          (await namespace.search({ ...query, vector: vectorOf("red") })).map(({ record }) => record),
        ),
        words:
          keyword &&
          namespace.searchText &&
          names(
            (await namespace.searchText({ ...query, terms: ["red"], weights: queryWeights })).map(
              ({ record }) => record,
            ),
          ),
        ids: names(await namespace.get({ ids: ["one", "two", "four"], scope })),
        all: (await listAll(namespace, everything)).length,
      };
    }
  }
}
