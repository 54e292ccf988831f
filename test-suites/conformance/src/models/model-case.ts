import type { Check } from "../conformance-case.ts";

/** One promise of an embedder or a language model. */
export interface ModelCase<Harness> {
  readonly id: string;
  readonly claim: string;
  /** Undefined when the harness has what the case needs, else why it does not apply. */
  readonly applies?: (harness: Harness) => string | undefined;
  run(harness: Harness, check: Check): Promise<void>;
}

/** What became of one case of a model. */
export interface ModelResult {
  readonly id: string;
  readonly claim: string;
  readonly outcome: "passed" | "failed" | "not-applicable";
  readonly detail?: string;
}

/** Runs the cases of one kind of model. Never throws. */
export async function runModelCases<Harness>(
  cases: readonly ModelCase<Harness>[],
  harness: Harness,
): Promise<readonly ModelResult[]> {
  const results: ModelResult[] = [];
  for (const { id, claim, applies, run } of cases) {
    const reason = applies?.(harness);
    results.push(
      reason === undefined
        ? { id, claim, ...(await outcomeOf((check) => run(harness, check))) }
        : { id, claim, outcome: "not-applicable", detail: reason },
    );
  }
  return results;
}

async function outcomeOf(
  run: (check: Check) => Promise<void>,
): Promise<Pick<ModelResult, "outcome" | "detail">> {
  let checks = 0;
  try {
    await run((holds, seen) => {
      checks += 1;
      if (!holds) throw new Error(seen());
    });
    return checks > 0
      ? { outcome: "passed" }
      : { outcome: "failed", detail: "The case has checked nothing." };
  } catch (error) {
    return { outcome: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
