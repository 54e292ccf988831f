import type { StoreCapabilities } from "@loci/core";
import type { Level } from "./conformance-case.ts";

/** What became of one case. Only `passed` is a pass. */
export interface CaseResult {
  readonly id: string;
  readonly claim: string;
  readonly level: Level;
  readonly layer: "store" | "engine";
  readonly outcome: "passed" | "failed" | "known-gap" | "not-declared";
  /** Why, for everything but a pass. */
  readonly detail?: string;
  readonly milliseconds: number;
}

/**
 * `isolated`: every isolation case passed, and so did all others but for known gaps.
 * `isolated-with-failures`: every isolation case passed, some other one failed.
 * `leaks`: an isolation case failed, or the suite could not look.
 */
export type Verdict = "isolated" | "isolated-with-failures" | "leaks";

/** What a run found, as JSON. */
export interface ConformanceReport {
  readonly version: 1;
  readonly name: string;
  readonly capabilities?: StoreCapabilities;
  readonly seed: number;
  readonly effort: number;
  /** How to repeat the run. */
  readonly reproduce: string | null;
  /** What is wrong beside the cases: a backend that does not answer, a known gap that names nothing. */
  readonly problems: readonly string[];
  readonly results: readonly CaseResult[];
  readonly verdict: Verdict;
}

export function verdictOf(results: readonly CaseResult[], problems: readonly string[]): Verdict {
  const isolation = results.filter(({ level }) => level === "isolation");
  const looked = problems.length === 0 && isolation.length > 0;
  if (!looked || isolation.some(({ outcome }) => outcome !== "passed")) return "leaks";
  return results.some(({ outcome }) => outcome === "failed") ? "isolated-with-failures" : "isolated";
}
