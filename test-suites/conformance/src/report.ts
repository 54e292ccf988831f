import type { StoreCapabilities } from "@loci/core/store";
import manifest from "../package.json" with { type: "json" };
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
 * `stand-in`: every case passed, but on something that stands in for the backend, and so proves nothing about it.
 * `leaks`: an isolation case failed, or the suite could not look.
 */
export type Verdict = "isolated" | "isolated-with-failures" | "stand-in" | "leaks";

/** A backend, in its own words. */
export interface Backend {
  readonly name: string;
  readonly version: string;
}

/** What a store declares of itself, and what the cases about it saw. */
export interface CapabilityReport {
  readonly name: Exclude<keyof StoreCapabilities, "residue">;
  readonly declared: string | number | boolean;
  /** `not-looked-at` where the harness does not offer what the cases need. */
  readonly observed: "as-declared" | "otherwise" | "not-looked-at";
  /** The cases that looked. */
  readonly cases: readonly string[];
}

/** What a run found, as JSON. The package carries a schema of it, `report.schema.json`. */
export interface ConformanceReport {
  readonly version: 1;
  /** The version of the suite. */
  readonly suite: string;
  /** The store, as its harness names it. */
  readonly name: string;
  /** The store's own version, null where the harness does not say. */
  readonly adapterVersion: string | null;
  /** The backend as it states itself, null where the harness does not ask it. */
  readonly backend: Backend | null;
  /** What stood in for the backend and why, null where the backend was real. */
  readonly standIn: string | null;
  readonly capabilities: readonly CapabilityReport[];
  readonly seed: number;
  readonly effort: number;
  /** How to repeat the run. */
  readonly reproduce: string | null;
  /** What is wrong beside the cases: a backend that does not answer, a known gap that names nothing. */
  readonly problems: readonly string[];
  readonly results: readonly CaseResult[];
  /** What no case could look at, since the harness does not offer it. */
  readonly notLookedAt: readonly string[];
  readonly verdict: Verdict;
}

export const suiteVersion: string = manifest.version;

export function verdictOf(
  results: readonly CaseResult[],
  problems: readonly string[],
  standIn: string | undefined,
): Verdict {
  const isolation = results.filter(({ level }) => level === "isolation");
  const looked = problems.length === 0 && isolation.length > 0;
  if (!looked || isolation.some(({ outcome }) => outcome !== "passed")) return "leaks";
  if (results.some(({ outcome }) => outcome === "failed")) return "isolated-with-failures";
  return standIn === undefined ? "isolated" : "stand-in";
}

const casesAbout: Readonly<Record<CapabilityReport["name"], readonly string[]>> = {
  isolation: ["namespaces-share-no-record", "requests-name-one-namespace"],
  keyword: ["keywords-find-any-word-in-any-field"],
  scoreIsolation: ["statistics-are-shared-as-declared"],
  erasure: ["deleted-means-erased"],
  readYourWrites: ["writes-are-visible-at-once"],
};

/** Sets what a store declares beside what the cases saw of it. */
export function capabilitiesOf(
  declared: StoreCapabilities,
  results: readonly CaseResult[],
): readonly CapabilityReport[] {
  return Object.entries(casesAbout).map(([given, ids]) => {
    const name = given as CapabilityReport["name"];
    const looked = results.filter(({ id, outcome }) => ids.includes(id) && outcome !== "not-declared");
    const complete = looked.length === ids.length;
    const held = looked.every(({ outcome }) => outcome === "passed");
    return {
      name,
      declared: declared[name],
      observed: !held ? "otherwise" : complete ? "as-declared" : "not-looked-at",
      cases: looked.map(({ id }) => id),
    };
  });
}
