import { describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceHarness } from "./harness.ts";
import type { ConformanceReport } from "./report.ts";
import { type ConformanceOptions, runConformance } from "./run-conformance.ts";

/**
 * Runs the suite as tests of vitest, one for each case, and one for the verdict. There is nothing to leave out: a
 * case that does not apply, since the store declares so, and a known gap pass; everything else that is no pass fails.
 */
export function testConformance(harness: ConformanceHarness, options: ConformanceOptions = {}): void {
  describe(`conformance of ${harness.name}`, () => {
    let run: Promise<ConformanceReport> | undefined;
    const report = () => {
      run ??= runConformance(harness, { ...fromEnvironment(), ...options });
      return run;
    };
    it.each(cases.map(({ id, claim }) => ({ id, claim })))(
      "[$id] $claim",
      { timeout: 300_000 },
      async ({ id }) => {
        const { results, problems } = await report();
        expect(problems).toEqual([]);
        const result = results.find((candidate) => candidate.id === id);
        expect(result?.outcome, result?.detail).not.toBe("failed");
        expect(result).toBeDefined();
      },
    );
    const verdict = harness.standIn === undefined ? "isolated" : "stand-in";
    it(`gets the verdict: ${verdict}`, { timeout: 300_000 }, async () => {
      expect((await report()).verdict).toBe(verdict);
    });
  });
}

/** `LOCI_CONFORMANCE_SEED`, `_EFFORT` and `_PATH`, to replay a run or to look longer. */
function fromEnvironment(): ConformanceOptions {
  const {
    LOCI_CONFORMANCE_SEED: seed,
    LOCI_CONFORMANCE_EFFORT: effort,
    LOCI_CONFORMANCE_PATH: path,
  } = process.env;
  return {
    ...(seed ? { seed: Number(seed) } : {}),
    ...(effort ? { effort: Number(effort) } : {}),
    ...(path ? { path } : {}),
  };
}
