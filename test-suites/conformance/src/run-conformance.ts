import type { StoreCapabilities } from "@loci/core/store";
import { cases as allCases } from "./cases/index.ts";
import type { CaseContext, ConformanceCase } from "./conformance-case.ts";
import { letterEmbedder } from "./engine-fixtures.ts";
import { type ConformanceHarness, type Instance, memoryOf } from "./harness.ts";
import {
  type Backend,
  type CaseResult,
  type ConformanceReport,
  capabilitiesOf,
  suiteVersion,
  verdictOf,
} from "./report.ts";
import { settlingStore } from "./settling-store.ts";

/** Options of a run. None of them leaves out an isolation case. */
export interface ConformanceOptions {
  /** Where all chance comes from. Default: 1. */
  readonly seed?: number;
  /** Multiplies the number of generated runs. Default: 1. */
  readonly effort?: number;
  /** Replays one generated run of a trace: the path that a failure names, with its seed. Default: none. */
  readonly path?: string;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void;
}

/** Runs every case against a store and reports. Never throws: what goes wrong is in the report. */
export async function runConformance(
  harness: ConformanceHarness,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  const problems: string[] = [];
  const facts = await readFacts(harness, problems);
  const gaps = new Map((harness.knownGaps ?? []).map(({ id, reason }) => [id, reason]));
  for (const id of gaps.keys()) {
    const known = allCases.find((candidate) => candidate.id === id);
    if (!known) problems.push(`The known gap ${id} names no case.`);
    else if (known.level === "isolation")
      problems.push(`The known gap ${id} names an isolation case; there are none of those.`);
  }
  for (const one of facts ? allCases : []) {
    const gap = one.level === "isolation" ? undefined : gaps.get(one.id);
    const result = await runCase(one, harness, facts as Facts, gap, options);
    results.push(result);
    options.onResult?.(result);
  }
  return {
    version: 1,
    suite: suiteVersion,
    name: harness.name,
    adapterVersion: harness.version ?? null,
    backend: facts?.backend ?? null,
    standIn: harness.standIn ?? null,
    capabilities: facts ? capabilitiesOf(facts.capabilities, results) : [],
    seed: options.seed ?? 1,
    effort: options.effort ?? 1,
    reproduce: harness.reproduce ?? null,
    problems,
    results,
    verdict: verdictOf(results, problems, harness.standIn),
  };
}

/** What a run has to know before its first case. */
interface Facts {
  readonly backend: Backend | undefined;
  readonly capabilities: StoreCapabilities;
  readonly inspect: boolean;
  readonly tap: boolean;
}

async function readFacts(harness: ConformanceHarness, problems: string[]): Promise<Facts | undefined> {
  try {
    const instance = await harness.create();
    const { capabilities } = instance.store;
    const backend = await instance.backend?.();
    await instance.dispose();
    return {
      backend,
      capabilities,
      inspect: instance.inspect !== undefined,
      tap: instance.tap !== undefined,
    };
  } catch (error) {
    problems.push(`The backend does not answer: ${messageOf(error)}`);
    return undefined;
  }
}

async function runCase(
  one: ConformanceCase,
  harness: ConformanceHarness,
  facts: Facts,
  gap: string | undefined,
  options: ConformanceOptions,
): Promise<CaseResult> {
  const { id, claim, level, layer } = one;
  const start = performance.now();
  const done = (rest: Pick<CaseResult, "outcome"> & { detail?: string }): CaseResult => ({
    ...{ id, claim, level, layer },
    ...rest,
    milliseconds: Math.round(performance.now() - start),
  });
  if (level !== "isolation" && one.requires && !one.requires(facts.capabilities, facts)) {
    return done({
      outcome: "not-declared",
      detail: "The store does not declare, or the harness does not offer, what this case is about.",
    });
  }
  const failure = await failureOf(one, harness, options);
  if (gap === undefined)
    return failure === undefined ? done({ outcome: "passed" }) : done({ outcome: "failed", detail: failure });
  if (failure === undefined)
    return done({ outcome: "failed", detail: `A known gap that has closed: take it off the list. (${gap})` });
  return done({ outcome: "known-gap", detail: gap });
}

/** What is wrong, undefined when nothing is. A case that has checked nothing has failed. */
async function failureOf(
  one: ConformanceCase,
  harness: ConformanceHarness,
  options: ConformanceOptions,
): Promise<string | undefined> {
  let current: Instance | undefined;
  let checks = 0;
  let failure: string | undefined;
  const dispose = async () => {
    try {
      await current?.dispose();
    } catch (error) {
      failure ??= `The store could not be disposed of: ${messageOf(error)}`;
    }
    current = undefined;
  };
  const make = async () => {
    await dispose();
    const instance = await harness.create();
    current = instance;
    const { settle } = instance;
    const store = settle ? settlingStore(instance.store, () => settle.call(instance)) : instance.store;
    // Without keywords, something has to make vectors of the texts.
    const embedder = store.capabilities.keyword ? {} : { embedder: letterEmbedder };
    return {
      store,
      memory: (given = {}) =>
        memoryOf(harness, {
          ...(given.cells || given.regions ? {} : { store }),
          ...(given.regions ? {} : embedder),
          ...given,
        }),
      inspect: async () => (await instance.inspect?.()) ?? new Map(),
      tap: async (call) => (await instance.tap?.(call)) ?? [],
    } satisfies Partial<CaseContext>;
  };
  try {
    const check = (holds: boolean, seen: () => string) => {
      checks += 1;
      if (!holds) throw new Error(seen());
    };
    const context = {
      ...(await make()),
      another: make,
      seed: options.seed ?? 1,
      effort: options.effort ?? 1,
      path: options.path,
      check,
    };
    await one.run(context as CaseContext);
    if (checks === 0) failure = "The case has checked nothing.";
  } catch (error) {
    failure = messageOf(error);
  }
  await dispose();
  return failure;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
