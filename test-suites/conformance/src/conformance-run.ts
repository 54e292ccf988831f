import { cases } from "./cases/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import type { ConformanceHarness } from "./harness.ts";
import {
  type Backend,
  type CaseResult,
  type ConformanceReport,
  capabilitiesOf,
  suiteVersion,
  verdictOf,
} from "./report.ts";
import { type CaseOptions, messageOf, type Offered, runCase } from "./run-case.ts";

/** One run of the suite on a store. Each case runs once, when it is asked for; the report needs all of them. */
export class ConformanceRun {
  readonly #harness: ConformanceHarness;
  readonly #options: CaseOptions;
  readonly #onResult: ConformanceOptions["onResult"];
  readonly #results = new Map<string, Promise<CaseResult | undefined>>();
  #facts: Promise<Facts> | undefined;
  /** A backend may have room for one store only: the cases run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(harness: ConformanceHarness, options: ConformanceOptions = {}) {
    const { seed = 1, effort = 1, path, onResult } = options;
    this.#harness = harness;
    this.#options = { seed, effort, path };
    this.#onResult = onResult;
  }

  /** What is wrong beside the cases: a backend that does not answer, a known gap that names nothing. */
  async problems(): Promise<readonly string[]> {
    return (await this.#readFacts()).problems;
  }

  /** The result of a case, undefined where the backend does not answer. */
  async result(id: string): Promise<CaseResult | undefined> {
    const known = this.#results.get(id);
    if (known) return known;
    const result = this.#last.then(() => this.#run(id));
    this.#last = result;
    this.#results.set(id, result);
    return result;
  }

  /** Runs the cases that have not run yet. */
  async report(): Promise<ConformanceReport> {
    const harness = this.#harness;
    const { problems, backend, offered } = await this.#readFacts();
    const results: CaseResult[] = [];
    for (const { id } of cases) {
      const result = await this.result(id);
      if (result) results.push(result);
    }
    return {
      version: 1,
      suite: suiteVersion,
      name: harness.name,
      adapterVersion: harness.version ?? null,
      backend: backend ?? null,
      standIn: harness.standIn ?? null,
      capabilities: offered ? capabilitiesOf(offered.capabilities, results) : [],
      seed: this.#options.seed,
      effort: this.#options.effort,
      reproduce: harness.reproduce ?? null,
      problems,
      results,
      notLookedAt: offered ? notLookedAt(offered) : [],
      verdict: verdictOf(results, problems, harness.standIn),
    };
  }

  async #run(id: string): Promise<CaseResult | undefined> {
    const { offered } = await this.#readFacts();
    const one = cases.find((candidate) => candidate.id === id);
    if (!offered || !one) return undefined;
    const gap = this.#harness.knownGaps?.find((candidate) => candidate.id === id);
    const reason = one.level === "isolation" ? undefined : gap?.reason;
    const result = await runCase(one, this.#harness, offered, reason, this.#options);
    this.#onResult?.(result);
    return result;
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
  /** Undefined where the backend does not answer. */
  readonly offered?: Offered;
}

async function readFacts(harness: ConformanceHarness): Promise<Facts> {
  const problems = [...gapProblems(harness)];
  try {
    const instance = await harness.create();
    const { inspect, second, tap, store } = instance;
    const backend = await instance.backend?.();
    await instance.dispose();
    const offered = {
      capabilities: store.capabilities,
      second: second !== undefined,
      inspect: inspect !== undefined,
      tap: tap !== undefined,
    };
    return { problems, backend, offered };
  } catch (error) {
    return { problems: [`The backend does not answer: ${messageOf(error)}`, ...problems] };
  }
}

/** What the harness has no way to look at. */
function notLookedAt({ second, inspect, tap }: Offered): readonly string[] {
  return [
    ...(second ? [] : ["other processes"]),
    ...(inspect ? [] : ["the backend's bytes"]),
    ...(tap ? [] : ["the requests"]),
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
