import type { StoreCapabilities, VectorStore } from "@loci/core/store";
import type { CaseContext, ConformanceCase } from "./conformance-case.ts";
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
}

/** Runs one case, and never throws. */
export async function runCase(
  one: ConformanceCase,
  harness: ConformanceHarness,
  offered: Offered,
  gap: string | undefined,
  options: CaseOptions,
): Promise<CaseResult> {
  const { id, claim, level, layer } = one;
  const start = performance.now();
  const done = (rest: Pick<CaseResult, "outcome"> & { detail?: string }): CaseResult => ({
    ...{ id, claim, level, layer },
    ...rest,
    milliseconds: Math.round(performance.now() - start),
  });
  if (level !== "isolation" && one.requires && !one.requires(offered.capabilities, offered)) {
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
  options: CaseOptions,
): Promise<string | undefined> {
  let current: Instance | undefined;
  let seconds: VectorStore[] = [];
  let checks = 0;
  let failure: string | undefined;
  const dispose = async () => {
    try {
      for (const one of seconds) await one.close();
      await current?.dispose();
    } catch (error) {
      failure ??= `The store could not be disposed of: ${messageOf(error)}`;
    }
    current = undefined;
    seconds = [];
  };
  const make = async () => {
    await dispose();
    const instance = await harness.create();
    current = instance;
    const { settle } = instance;
    const settling = (one: VectorStore) => (settle ? settlingStore(one, () => settle.call(instance)) : one);
    const store = settling(instance.store);
    const second = async () => {
      const made = await instance.second?.();
      if (!made) return store;
      seconds.push(made);
      return settling(made);
    };
    // Without keywords, something has to make vectors of the texts.
    const embedder = store.capabilities.keyword ? {} : { embedder: letterEmbedder };
    return {
      store,
      second,
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
      ...options,
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
