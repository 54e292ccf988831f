import { cases } from "./cases/index.ts";
import { assertOptions, type ConformanceOptions } from "./conformance-options.ts";
import type { ConformanceHarness } from "./harness.ts";
import {
  type Backend,
  type CaseResult,
  type ConformanceReport,
  capabilitiesOf,
  suiteVersion,
  verdictOf,
} from "./report.ts";
import { type CaseOptions, type CaseRun, messageOf, type Offered, runCase } from "./run-case.ts";
import { selectCases } from "./select-cases.ts";
import { shapeProblems } from "./shape-problems.ts";

/** One run of the suite on a store. Each case runs once, when it is asked for; the report needs all that are chosen. */
export class ConformanceRun {
  /** The ids of the cases that are chosen. */
  readonly chosen: readonly string[];
  readonly #harness: ConformanceHarness;
  readonly #options: CaseOptions;
  readonly #bail: boolean;
  readonly #onResult: ConformanceOptions["onResult"];
  readonly #runs = new Map<string, Promise<CaseRun | undefined>>();
  #done = 0;
  #facts: Promise<Facts> | undefined;
  /** A backend may have room for one store only: the cases run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /** @throws InvalidInputError for an invalid option */
  constructor(harness: ConformanceHarness, options: ConformanceOptions = {}) {
    assertOptions(options);
    const { seed = 1, effort = 1, path, bail = false, onResult } = options;
    this.chosen = selectCases(options).map(({ id }) => id);
    this.#harness = harness;
    this.#options = { seed, effort, path };
    this.#bail = bail;
    this.#onResult = onResult;
  }

  /** What is wrong beside the cases: a backend that does not answer, a store without the shape that it declares. */
  async problems(): Promise<readonly string[]> {
    return (await this.#readFacts()).problems;
  }

  /** The result of a case, undefined where no case can run. */
  async result(id: string): Promise<CaseRun | undefined> {
    const known = this.#runs.get(id);
    if (known) return known;
    const run = this.#last.then(() => this.#run(id));
    this.#last = run;
    this.#runs.set(id, run);
    return run;
  }

  /** Runs the chosen cases that have not run yet. */
  async report(): Promise<ConformanceReport> {
    const harness = this.#harness;
    const { problems, backend, offered } = await this.#readFacts();
    const results: CaseResult[] = [];
    let replayed = this.#options.path === undefined;
    for (const id of this.chosen) {
      const run = await this.result(id);
      if (run) results.push(run.result);
      if (run?.replayed) replayed = true;
      if (this.#bail && run?.result.outcome === "failed") break;
    }
    const unused = "No case that was run replays a path: choose the one whose failure has named it.";
    const found = {
      problems: replayed || !offered ? problems : [...problems, unused],
      results,
      notRun: cases.map(({ id }) => id).filter((id) => results.every((result) => result.id !== id)),
      standIn: harness.standIn ?? null,
    };
    return {
      version: 2,
      suite: suiteVersion,
      name: harness.name,
      adapterVersion: harness.version ?? null,
      backend: backend ?? null,
      capabilities: offered ? capabilitiesOf(offered.capabilities, results) : [],
      seed: this.#options.seed,
      effort: this.#options.effort,
      reproduce: harness.reproduce ?? null,
      ...found,
      notLookedAt: offered ? notLookedAt(offered, results) : [],
      verdict: verdictOf(found),
    };
  }

  async #run(id: string): Promise<CaseRun | undefined> {
    const { offered } = await this.#readFacts();
    const one = cases.find((candidate) => candidate.id === id);
    if (!offered || !one) return undefined;
    const gap = this.#harness.knownGaps?.find((candidate) => candidate.id === id);
    const reason = one.level === "isolation" ? undefined : gap?.reason;
    const run = await runCase(one, this.#harness, offered, reason, this.#options);
    this.#done += 1;
    this.#onResult?.(run.result, { done: this.#done, total: this.chosen.length });
    return run;
  }

  #readFacts(): Promise<Facts> {
    this.#facts ??= readFacts(this.#harness);
    return this.#facts;
  }
}

/** What a run has to know before its first case. */
interface Facts {
  readonly problems: readonly string[];
  readonly backend?: Backend | undefined;
  /** Undefined where no case can run: the backend does not answer, or something is missing. */
  readonly offered?: Offered;
}

async function readFacts(harness: ConformanceHarness): Promise<Facts> {
  const gaps = [...gapProblems(harness)];
  try {
    const instance = await harness.create();
    try {
      const problems = await shapeProblems(instance);
      if (problems.length > 0) return { problems };
      const { inspect, second, tap, fail, store } = instance;
      const offered = {
        capabilities: store.capabilities,
        second: second !== undefined,
        inspect: inspect !== undefined,
        tap: tap !== undefined,
        fail: fail !== undefined,
      };
      return { problems: gaps, backend: await instance.backend?.(), offered };
    } finally {
      await instance.dispose?.();
    }
  } catch (error) {
    return { problems: [`The backend does not answer: ${messageOf(error)}`, ...gaps] };
  }
}

/** What the harness has no way to look at, and what a case had no time for. */
function notLookedAt(
  { second, inspect, tap, fail }: Offered,
  results: readonly CaseResult[],
): readonly string[] {
  return [
    ...(second ? [] : ["other processes"]),
    ...(inspect ? [] : ["the backend's bytes"]),
    ...(tap ? [] : ["the requests"]),
    ...(fail ? [] : ["faults below the adapter"]),
    ...new Set(results.flatMap((result) => result.notLookedAt ?? [])),
  ];
}

function* gapProblems({ knownGaps = [] }: ConformanceHarness): Iterable<string> {
  for (const { id } of knownGaps) {
    const known = cases.find((candidate) => candidate.id === id);
    if (!known) yield `The known gap ${id} names no case.`;
    else if (known.level === "isolation")
      yield `The known gap ${id} names an isolation case; there are none of those.`;
  }
}
