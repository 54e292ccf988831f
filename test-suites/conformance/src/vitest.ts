import { describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { ConformanceRun } from "./conformance-run.ts";
import type { ConformanceHarness } from "./harness.ts";

/**
 * Runs the suite as tests of vitest, one for each case, which runs that case, and one for the verdict, which needs them
 * all. There is nothing to leave out: a case that does not apply, since the store declares so, and a known gap pass;
 * everything else that is no pass fails.
 */
export function testConformance(harness: ConformanceHarness, options: ConformanceOptions = {}): void {
  describe(`conformance of ${harness.name}`, () => {
    const run = new ConformanceRun(harness, { ...fromEnvironment(), ...options });
    it.each(cases.map(({ id, claim }) => ({ id, claim })))(
      "[$id] $claim",
      { timeout: 300_000 },
      async ({ id }) => {
        const result = await run.result(id);
        expect(await run.problems()).toEqual([]);
        expect(result?.outcome, result?.detail).not.toBe("failed");
        expect(result).toBeDefined();
      },
    );
    const verdict = harness.standIn === undefined ? "isolated" : "stand-in";
    it(`gets the verdict: ${verdict}`, { timeout: 300_000 }, async () => {
      expect((await run.report()).verdict).toBe(verdict);
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
