import type { StoreCapabilities, VectorStore } from "@loci/core/store";
import { adapterFrame } from "./adapter-frame.ts";
import type { FailingBackend } from "./backend-fault.ts";
import { CaseFailure } from "./case-failure.ts";
import { CaseSteps } from "./case-steps.ts";
import type { CaseContext, CaseNotes, ConformanceCase } from "./conformance-case.ts";
import { letterEmbedder } from "./engine-fixtures.ts";
import { type ConformanceHarness, type Instance, memoryOf } from "./harness.ts";
import type { CaseResult } from "./report.ts";
import { settlingStore } from "./settling-store.ts";

/** Where the chance of a case comes from, and how long it looks. */
export interface CaseOptions {
  readonly seed: number;
  readonly effort: number;
  readonly path: string | undefined;
}

/** What a case may require. */
export interface Offered {
  readonly capabilities: StoreCapabilities;
  readonly second: boolean;
  readonly inspect: boolean;
  readonly tap: boolean;
  readonly fail: boolean;
}

/** A result, and the error that a failed case has ended with. */
export interface CaseRun {
  readonly result: CaseResult;
  readonly error?: unknown;
  /** Whether the case has replayed the path that was given. */
  readonly replayed?: boolean;
}

/** Runs one case, and never throws. */
export async function runCase(
  one: ConformanceCase,
  harness: ConformanceHarness,
  offered: Offered,
  gap: string | undefined,
  options: CaseOptions,
): Promise<CaseRun> {
  const { id, claim, level, layer } = one;
  const start = performance.now();
  const done = (rest: Omit<CaseResult, "id" | "claim" | "level" | "layer" | "milliseconds">): CaseResult => ({
    ...{ id, claim, level, layer },
    ...rest,
    milliseconds: Math.round(performance.now() - start),
  });
  if (level !== "isolation" && one.requires && !one.requires(offered.capabilities, offered)) {
    const detail = "The store does not declare, or the harness does not offer, what this case is about.";
    return { result: done({ outcome: "not-declared", detail, steps: 0 }) };
  }
  const { failed, replayed, ...notes } = await attempt(one, harness, options);
  if (gap !== undefined) {
    const closed = `A known gap that has closed: take it off the list. (${gap})`;
    return {
      result: failed
        ? done({ ...notes, outcome: "known-gap", detail: gap })
        : done({ ...notes, outcome: "failed", detail: closed }),
    };
  }
  if (!failed) return { result: done({ ...notes, outcome: "passed" }), replayed };
  const { error, ...rest } = failed;
  return { result: done({ ...notes, outcome: "failed", ...rest }), error, replayed };
}

/** What one run of a case came to. */
interface Attempt extends Pick<CaseResult, "namespaces" | "rounds" | "modes" | "tried" | "notLookedAt"> {
  readonly steps: number;
  readonly failed?: Pick<CaseResult, "foreign" | "step" | "frame"> & { detail: string; error: unknown };
}

/** Runs a case once, or, where it replays a path that holds, once more without it: a path hides nothing else. */
async function attempt(
  one: ConformanceCase,
  harness: ConformanceHarness,
  options: CaseOptions,
): Promise<Attempt & { readonly replayed: boolean }> {
  let readsPath = false;
  const given = {
    ...options,
    get path() {
      readsPath = true;
      return options.path;
    },
  };
  const first = await runOnce(one, harness, given);
  const replayed = options.path !== undefined && readsPath;
  if (!replayed || first.failed) return { ...first, replayed };
  return { ...(await runOnce(one, harness, { ...options, path: undefined })), replayed };
}

/** A case that has checked nothing has failed. */
async function runOnce(
  one: ConformanceCase,
  harness: ConformanceHarness,
  options: CaseOptions,
): Promise<Attempt> {
  const steps = new CaseSteps();
  const noted = { modes: new Set<string>(), tried: new Set<string>(), notLookedAt: new Set<string>() };
  let current: Instance | undefined;
  let seconds: VectorStore[] = [];
  let failing: FailingBackend[] = [];
  let [checks, rounds] = [0, 0];
  let failed: Attempt["failed"];
  const fail = (error: unknown, detail = messageOf(error)) => {
    const step = steps.at(error);
    const frame = adapterFrame(error);
    failed ??= {
      ...{ detail, error },
      ...(error instanceof CaseFailure && error.foreign ? { foreign: true } : {}),
      ...(step ? { step } : {}),
      ...(frame ? { frame } : {}),
    };
  };
  const dispose = async () => {
    try {
      for (const one of seconds) await one.close();
      for (const one of failing) await one.dispose();
      await current?.dispose();
    } catch (error) {
      fail(error, `The store could not be disposed of: ${messageOf(error)}`);
    }
    current = undefined;
    seconds = [];
    failing = [];
  };
  const make = async () => {
    await dispose();
    const instance = await harness.create();
    current = instance;
    const { settle } = instance;
    const watched = (one: VectorStore) =>
      steps.watch(settle ? settlingStore(one, () => settle.call(instance)) : one);
    const store = watched(instance.store);
    const second = async () => {
      const made = await instance.second?.();
      if (!made) return store;
      seconds.push(made);
      return watched(made);
    };
    // Without keywords, something has to make vectors of the texts.
    const embedder = store.capabilities.keyword ? {} : { embedder: letterEmbedder };
    return {
      store,
      second,
      memory: (given = {}) =>
        steps.watch(
          memoryOf(harness, {
            ...(given.cells || given.regions ? {} : { store }),
            ...(given.regions ? {} : embedder),
            ...given,
          }),
        ),
      inspect: async () => (await instance.inspect?.()) ?? new Map(),
      tap: async (call) => (await instance.tap?.(call)) ?? [],
      fail: async () => {
        const made = await instance.fail?.();
        if (!made) throw new Error("The harness has no backend that can be made to fail.");
        failing.push(made);
        return { ...made, store: watched(made.store) };
      },
    } satisfies Partial<CaseContext>;
  };
  try {
    const made = await make();
    const context: CaseContext = {
      ...made,
      another: make,
      seed: options.seed,
      effort: options.effort,
      get path() {
        return options.path;
      },
      check(holds, seen, foreign = one.level === "isolation") {
        checks += 1;
        if (!holds) throw new CaseFailure(seen(), foreign);
      },
      note(notes: CaseNotes) {
        rounds += notes.rounds ?? 0;
        for (const mode of notes.modes ?? []) noted.modes.add(mode);
        if (notes.tried !== undefined) noted.tried.add(notes.tried);
        if (notes.notLookedAt !== undefined) noted.notLookedAt.add(notes.notLookedAt);
        if (notes.step !== undefined) steps.begin(notes.step);
      },
    };
    await one.run(context);
    if (checks === 0) fail(undefined, "The case has checked nothing.");
  } catch (error) {
    fail(error);
  }
  await dispose();
  return {
    steps: steps.count,
    ...(steps.namespaces > 0 ? { namespaces: steps.namespaces } : {}),
    ...(rounds > 0 ? { rounds } : {}),
    ...(noted.modes.size > 0 ? { modes: [...noted.modes].sort() } : {}),
    ...(noted.tried.size > 0 ? { tried: [...noted.tried] } : {}),
    ...(noted.notLookedAt.size > 0 ? { notLookedAt: [...noted.notLookedAt] } : {}),
    ...(failed ? { failed } : {}),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
