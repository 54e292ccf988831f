import { inMemory, type VectorStore } from "@loci/core";
import type { Namespace, ScopeFilter, StoredRecord } from "@loci/core/store";
import * as fc from "fast-check";
import { CaseFailure } from "../case-failure.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  listAll,
  nameOf,
  type Organization,
  openOrganization,
  queryWeights,
  recordOf,
  vectorOf,
  visibleFrom,
} from "../fixtures.ts";
import { Budget } from "../modes/budget.ts";
import { moment } from "../modes/population.ts";
import { type TraceStep, traceStep } from "../modes/trace-steps.ts";
import { outcomeOf } from "../oracles/outcome.ts";

const traces = 24;
/** For what a slow store has no time for in a run at the default effort, in milliseconds. */
const time = 15_000;

/** Traces of operations over several organizations and users, beside the in-memory store. */
export const storeTraces: readonly ConformanceCase[] = [
  {
    id: "traces-match-the-reference",
    claim:
      "After any sequence of writes, deletions, drops and reads, every organization and reach sees what the reference says.",
    level: "isolation",
    layer: "store",
    async run({ another, check, seed, effort, path, note }) {
      const budget = new Budget(time * effort);
      let tried = 0;
      const property = fc.asyncProperty(
        fc.array(traceStep, { minLength: 4, maxLength: 20 }),
        async (steps) => {
          if (!budget.allows()) return;
          tried += 1;
          const { store, second } = await another();
          const { keyword } = store.capabilities;
          const subject = await trace(store, second, steps, keyword);
          const own = inMemory();
          const reference = await trace(own, async () => own, steps, keyword);
          for (const [index, expected] of reference.entries()) {
            if (subject[index] !== expected) {
              throw new CaseFailure(
                `Step ${index + 1}, ${JSON.stringify(steps[index])}: expected ${expected}, got ${subject[index]}`,
                saysMore(subject[index], expected),
              );
            }
          }
        },
      );
      const details = await fc.check(property, {
        seed,
        numRuns: traces * effort,
        ...(path === undefined ? {} : { path }),
      });
      const all = traces * effort;
      note({ tried: `${tried} of ${all} traces` });
      if (path === undefined && tried < all && !details.failed)
        note({ notLookedAt: `${all - tried} of ${all} traces` });
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
  store: VectorStore,
  second: () => Promise<VectorStore>,
  steps: readonly TraceStep[],
  keyword: boolean,
): Promise<readonly string[]> {
  const open = new Map<string, Traced>();
  let other: Promise<VectorStore> | undefined;
  const seen: string[] = [];
  for (const [index, one] of steps.entries()) {
    let target = open.get(one.organization);
    if (!target) {
      target = { ...(await openOrganization(store, one.organization)), current: [], stale: [] };
      open.set(one.organization, target);
    }
    if (one.do === "drop") {
      open.delete(one.organization);
      seen.push(await outcomeOf(async () => (await store.drop({ key: target.key })).dropped));
      continue;
    }
    const { key, namespace } = target;
    if (one.handle === "another process's") other ??= second();
    const from =
      one.handle === "first"
        ? namespace
        : await ((one.handle === "another" ? undefined : await other) ?? store).open({ key });
    seen.push(await outcomeOf(() => take(one, index, target, from, keyword)));
    if (one.do !== "look" && one.do !== "next page") await readVersions(target);
  }
  return seen;
}

/** An organization, and what was read of it: last, and before the last change. */
interface Traced extends Organization {
  current: readonly StoredRecord[];
  stale: readonly StoredRecord[];
  /** Where the last listing that has more stands. */
  listing?: { readonly scope: ScopeFilter; readonly limit: number; readonly cursor: string };
}

async function readVersions(target: Traced): Promise<void> {
  const nameOfRecord = ({ id, scopeKey }: StoredRecord) => `${id} ${nameOf(scopeKey)}`;
  const now = (await listAll(target.namespace, everything)).toSorted((a, b) =>
    nameOfRecord(a) < nameOfRecord(b) ? -1 : 1,
  );
  const versions = new Map(now.map((one) => [nameOfRecord(one), one.version]));
  const isOld = (old: StoredRecord) => versions.get(nameOfRecord(old)) !== old.version;
  target.stale = [...target.current, ...target.stale].filter(isOld);
  target.current = now;
}

async function take(
  one: Exclude<TraceStep, { readonly do: "drop" }>,
  index: number,
  target: Traced,
  namespace: Namespace,
  keyword: boolean,
): Promise<unknown> {
  const { orgId, key } = target;
  const signal = one.signal ? { signal: new AbortController().signal } : {};
  switch (one.do) {
    case "upsert": {
      const records = idsFrom(one.from, one.size).map((id, place) => {
        const text = `${one.word} ${orgId} ${nameOf(one.scopeKey)}`;
        const { vector, ...record } = recordOf(key, text, {
          id,
          scopeKey: one.scopeKey,
          fields: { kind: one.kind, tag: `tag ${place}` },
        });
        return {
          ...record,
          // No two are of one moment, so that every store lists them in the same order.
          fields: { ...record.fields, $createdAt: moment + 100 * index + place, $expiresAt: one.expires },
          ...(one.vector && vector ? { vector } : {}),
          ...(one.isNew ? { expected: "absent" as const } : {}),
        };
      });
      return (await namespace.upsert({ records, ...signal })).map(({ id }) => id);
    }
    case "rewrite": {
      // Versions are a store's own: a trace names them by their age.
      const known = target[one.expected === "stale" ? "stale" : "current"];
      const read = known[one.which % known.length];
      if (!read) return "nothing to write over";
      const { id, scopeKey: at, version } = read;
      const expected = one.expected === "absent" ? one.expected : { version };
      const record = recordOf(key, `rewritten ${orgId} ${nameOf(at)}`, { id, scopeKey: at });
      const fields = { ...record.fields, $createdAt: moment + 100 * index };
      return (await namespace.upsert({ records: [{ ...record, fields, expected }], ...signal })).length;
    }
    case "delete versions":
      return namespace.delete({
        versions: target[one.age],
        scope: visibleFrom(one.scopeKey, one.levels),
        ...signal,
      });
    case "delete": {
      const scope = visibleFrom(one.scopeKey, one.levels);
      if (one.ids) return namespace.delete({ ids: idsFrom(1, one.ids), scope, ...signal });
      return namespace.delete({ scope, ...(one.filter ? { filter: one.filter } : {}), ...signal });
    }
    case "next page": {
      if (!target.listing) return "no page to go on from";
      const page = await namespace.list({ ...target.listing, ...signal });
      return page.records.map(nameOfFound);
    }
    case "look": {
      const scope = visibleFrom(one.scopeKey, one.levels);
      const filtered = { scope, ...(one.filter ? { filter: one.filter } : {}), ...signal };
      const query = { ...filtered, limit: one.limit };
      const page = await namespace.list(query);
      if (page.cursor !== undefined && !one.filter)
        target.listing = { scope, limit: one.limit, cursor: page.cursor };
      const near = await namespace.search({ ...query, vector: vectorOf("zebra") });
      const { terms } = one;
      const said = keyword
        ? await namespace.searchText?.({ ...query, terms, weights: queryWeights })
        : undefined;
      // Of those that are alike, a limit may cut off any.
      const isCut = page.cursor !== undefined;
      return {
        count: await namespace.count(filtered),
        list: page.records.map(nameOfFound),
        search: isCut
          ? near.map(({ score }) => score.toFixed(3))
          : near.map(({ record }) => nameOfFound(record)).sort(),
        words: isCut ? said?.length : said?.map(({ record }) => nameOfFound(record)).sort(),
        ids: (await namespace.get({ ids: idsFrom(0, one.ids), scope, ...signal })).map(nameOfFound).sort(),
        all: (await listAll(target.namespace, everything)).length,
      };
    }
  }
}

/** Some ids of few, so that steps meet. */
function idsFrom(from: number, size: number): readonly string[] {
  return Array.from({ length: size }, (_, index) => `id ${from + index}`);
}

function nameOfFound({ id, scopeKey, payload }: StoredRecord): string {
  return `${id} ${nameOf(scopeKey)} ${payload}`;
}
