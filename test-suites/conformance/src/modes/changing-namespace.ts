import {
  type Filter,
  inScope,
  type Namespace,
  parseFilter,
  type RecordVersion,
  type ScopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { ChangeMode } from "./change-modes.ts";
import { FilterTurns } from "./filter-modes.ts";
import { populationOf, rewritten } from "./population.ts";
import { matching, read } from "./read.ts";
import { readers } from "./read-modes.ts";
import { answerProblem, identity, type Problem } from "./reference.ts";

const ofNothing: Filter = parseFilter({ nothing: "has this" });
const whole = { way: "list", scope: everything, limit: 1000, pages: 8 } as const;

/** A namespace that is changed, and an array of what has to be in it. */
export class ChangingNamespace {
  readonly #namespace: Namespace;
  readonly #population: readonly VectorRecord[];
  readonly #random: () => number;
  readonly #turns = new FilterTurns();
  #records = new Map<string, VectorRecord>();
  #made = 0;

  constructor(namespace: Namespace, population: readonly VectorRecord[], random: () => number) {
    this.#namespace = namespace;
    this.#population = population;
    this.#random = random;
  }

  /** Writes what is missing of the population, where little is left of it. */
  async refill(): Promise<void> {
    if (this.#records.size > this.#population.length / 2) return;
    const records = this.#absent();
    await this.#namespace.upsert({ records });
    for (const record of records) this.#records.set(identity(record), record);
  }

  /**
   * Changes the namespace by one of its handles, while others ask for what is not there.
   * @returns what is wrong with the answers and with what is there afterwards, undefined when nothing is
   */
  async change(
    handle: Namespace,
    mode: ChangeMode,
    signal: AbortSignal | undefined,
  ): Promise<Problem | undefined> {
    const before = [...this.#records.values()];
    const { call, after } = await this.#plan(handle, mode, before, signal ? { signal } : {});
    const others = (count: number) =>
      Array.from({ length: count }, () => this.#askBeside(handle, before, after));
    // Some begin before it and some after it: what one leaves on a shared handle, the next one may take.
    const later = Math.min(2, mode.atOnce - 1);
    const earlier = others(mode.atOnce - 1 - later);
    const problems = await Promise.all([...earlier, call(), ...others(later)]);
    this.#records = new Map(after.map((record) => [identity(record), record]));
    return problems.find((problem) => problem !== undefined) ?? this.#problem(mode);
  }

  async #problem({ way }: ChangeMode): Promise<Problem | undefined> {
    const records = [...this.#records.values()];
    const request = { ...whole, vectors: way === "insert" || way === "replace" };
    const problem = answerProblem(records, request, await read(this.#namespace, request));
    if (problem) return { ...problem, says: `afterwards a listing of everything ${problem.says}` };
    const count = await this.#namespace.count({ scope: everything });
    return unless(count === records.length, `afterwards ${count} records count instead of ${records.length}`);
  }

  async #plan(
    handle: Namespace,
    mode: ChangeMode,
    before: readonly VectorRecord[],
    options: { signal?: AbortSignal },
  ): Promise<Plan> {
    const scope = readers[mode.reader] as ScopeFilter;
    const without = (
      doomed: readonly RecordVersion[] | readonly VectorRecord[],
      call: () => Promise<number>,
    ): Plan => {
      const names = new Set(doomed.map(identity));
      return {
        call: async () => {
          const deleted = await call();
          return unless(deleted === names.size, `deleted ${deleted} records instead of ${names.size}`);
        },
        after: before.filter((record) => !names.has(identity(record))),
      };
    };
    switch (mode.way) {
      case "delete by ids": {
        const ids = Array.from({ length: mode.ids }, (_, index) =>
          index % 7 === 6 ? `nobody's ${index}` : this.#one(before).id,
        );
        const doomed = matching(before, { way: "get", scope, ids, limit: 0, pages: 1 });
        return without(doomed, () => handle.delete({ scope, ids, ...options }));
      }
      case "delete by filter": {
        const filter = this.#turns.next(mode.way, mode.filter);
        const query = { scope, ...(filter ? { filter } : {}) };
        const doomed = matching(before, { way: "count", ...query, limit: 0, pages: 1 });
        return without(doomed, () => handle.delete({ ...query, ...options }));
      }
      case "delete by versions": {
        const versions = await this.#versions(mode.ids);
        const isStale = (index: number) => mode.age === "stale" && index % 2 === 0;
        const rewrites = versions.flatMap((version, index) =>
          isStale(index) ? [this.#rewrite(version)] : [],
        );
        await handle.upsert({ records: rewrites });
        const now = new Map([...before, ...rewrites].map((record) => [identity(record), record]));
        const doomed = versions.filter(({ scopeKey }, index) => !isStale(index) && inScope(scope, scopeKey));
        const plan = without(doomed, () => handle.delete({ scope, versions, ...options }));
        return { ...plan, after: plan.after.map((record) => now.get(identity(record)) ?? record) };
      }
      case "insert": {
        const records = [...this.#absent(), ...this.#more(before, mode.batch)].slice(0, mode.batch);
        return this.#writing(before, records, records, () => handle.upsert({ records, ...options }));
      }
      case "replace": {
        const versions = await this.#versions(mode.batch);
        const records = versions.map((version, index) => ({
          ...this.#rewrite(version),
          ...(mode.expected === "any"
            ? {}
            : { expected: mode.expected === "absent" ? ("absent" as const) : version }),
          ...(mode.expected === "stale" && index % 2 === 0
            ? { expected: { version: `${version.version} no more` } }
            : {}),
        }));
        const written = records.filter(
          (_, index) => mode.expected !== "absent" && (mode.expected !== "stale" || index % 2 === 1),
        );
        return this.#writing(before, records, written, () => handle.upsert({ records, ...options }));
      }
    }
  }

  #writing(
    before: readonly VectorRecord[],
    records: readonly VectorRecord[],
    written: readonly VectorRecord[],
    call: () => Promise<readonly VectorRecord[]>,
  ): Plan {
    const after = new Map(before.map((record) => [identity(record), record]));
    for (const record of written) after.set(identity(record), record);
    const wanted = records.filter((record) => !written.includes(record)).map(identity);
    return {
      call: async () => {
        const conflicts = new Set((await call()).map(identity));
        const isRight = conflicts.size === wanted.length && wanted.every((name) => conflicts.has(name));
        return unless(isRight, `answered ${conflicts.size} conflicts instead of ${wanted.length}`);
      },
      after: [...after.values()],
    };
  }

  /** A call of somebody else's at the same time: it deletes and finds nothing, or counts what is there before or after. */
  async #askBeside(
    handle: Namespace,
    before: readonly VectorRecord[],
    after: readonly VectorRecord[],
  ): Promise<Problem | undefined> {
    const [name, scope] = this.#one(Object.entries(readers));
    const way = this.#one(["delete", "list", "count"] as const);
    if (way === "list") {
      const { records } = await handle.list({ scope, filter: ofNothing, limit: 10 });
      return unless(
        records.length === 0,
        `meanwhile ${name} listed ${records.length} records by a filter that matches none`,
      );
    }
    if (way === "delete") {
      const deleted = await handle.delete({ scope, filter: ofNothing });
      return unless(
        deleted === 0,
        `meanwhile ${name} deleted ${deleted} records by a filter that matches none`,
      );
    }
    const counts = [before, after].map(
      (records) => records.filter(({ scopeKey }) => inScope(scope, scopeKey)).length,
    );
    const count = await handle.count({ scope });
    return unless(
      count >= Math.min(...counts) && count <= Math.max(...counts),
      `meanwhile ${name} counted ${count} records, with ${counts.join(" before and ")} after`,
    );
  }

  /** Some records that are there, each at its version. */
  async #versions(count: number): Promise<readonly RecordVersion[]> {
    const all = [...this.#records.values()];
    const from = Math.floor(this.#random() * all.length);
    const some = [...all.slice(from), ...all.slice(0, from)].slice(0, count);
    const names = new Set(some.map(identity));
    const found = await this.#namespace.get({
      ids: [...new Set(some.map(({ id }) => id))],
      scope: everything,
    });
    return found.filter((record) => names.has(identity(record)));
  }

  #rewrite(version: RecordVersion): VectorRecord {
    const record = this.#records.get(identity(version));
    if (!record) throw new Error(`There is a record which nobody wrote: ${identity(version)}`);
    return rewritten(record, ++this.#made, this.#random);
  }

  #absent(): readonly VectorRecord[] {
    return this.#population.filter((record) => !this.#records.has(identity(record)));
  }

  #more(before: readonly VectorRecord[], count: number): readonly VectorRecord[] {
    const key = this.#population[0]?.namespace ?? before[0]?.namespace;
    if (!key) return [];
    const made = ++this.#made;
    return populationOf(key, count, this.#random).map((record) => ({
      ...record,
      id: `${record.id}, ${made}`,
    }));
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }
}

function unless(isRight: boolean, says: string): Problem | undefined {
  return isRight ? undefined : { says, foreign: false };
}

/** What a change does. */
interface Plan {
  /** Makes the change, and says what is wrong with its answer. */
  readonly call: () => Promise<Problem | undefined>;
  /** What has to be there afterwards. */
  readonly after: readonly VectorRecord[];
}
