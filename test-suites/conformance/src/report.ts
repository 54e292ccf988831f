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
  /** On a failure: something of another's was seen, or felt in a count or a score. */
  readonly foreign?: true;
  /** On a failure: what the case was doing, and which of its calls was the last, or the one that failed. */
  readonly step?: string;
  /** On a failure that the adapter has thrown: where, in the adapter. */
  readonly frame?: string;
  /** How many calls of the store and the memory the case has made. */
  readonly steps: number;
  /** How many namespaces the case has made, or tried to make. */
  readonly namespaces?: number;
  /** How many rounds of what depends on timing were run. */
  readonly rounds?: number;
  /** The modes of a call that were tried. */
  readonly modes?: readonly string[];
  /** How much was tried, in words. */
  readonly tried?: readonly string[];
  /** What there was no time for. */
  readonly notLookedAt?: readonly string[];
  readonly milliseconds: number;
}

/**
 * `isolated`: every case was run; every isolation case passed, and so did all others but for known gaps.
 * `partial`: nothing that was run has failed, but not all cases were run.
 * `stand-in`: every case passed, but on something that stands in for the backend, and so proves nothing about it.
 * `broken`: a case failed, or the suite could not look.
 * `leaks`: a case has seen something of another's.
 */
export type Verdict = "isolated" | "partial" | "stand-in" | "broken" | "leaks";

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
  readonly version: 2;
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
  /** What is wrong beside the cases: a backend that does not answer, a store that has not the shape that it declares. */
  readonly problems: readonly string[];
  readonly results: readonly CaseResult[];
  /** The cases that were not run: they were not chosen, or the run has ended early. */
  readonly notRun: readonly string[];
  /** What no case could look at, since the harness does not offer it, and what there was no time for. */
  readonly notLookedAt: readonly string[];
  readonly verdict: Verdict;
}

export const suiteVersion: string = manifest.version;

export function verdictOf({
  results,
  problems,
  notRun,
  standIn,
}: Pick<ConformanceReport, "results" | "problems" | "notRun" | "standIn">): Verdict {
  if (results.some(({ foreign }) => foreign)) return "leaks";
  const failed = results.some(({ level, outcome }) =>
    level === "isolation" ? outcome !== "passed" : outcome === "failed",
  );
  if (failed || problems.length > 0 || results.length === 0) return "broken";
  if (notRun.length > 0) return "partial";
  return standIn === null ? "isolated" : "stand-in";
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
