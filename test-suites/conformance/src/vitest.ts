import { beforeAll, describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { ConformanceRun } from "./conformance-run.ts";
import { failureAsText, lastLineOf } from "./describe-report.ts";
import type { ConformanceHarness } from "./harness.ts";

/** A case of the largest effort on a slow server, in milliseconds. */
const timeout = 300_000;

/**
 * Runs the suite as tests of vitest, one for each case, which runs that case when the test runs, and one for the verdict, which runs
 * those that have not run. There is nothing to leave out: a case that does not apply, since the store declares so, and a known gap
 * pass; everything else that is no pass fails.
 */
export function testConformance(harness: ConformanceHarness, options: ConformanceOptions = {}): void {
  describe(`conformance of ${harness.name}`, () => {
    const run = new ConformanceRun(harness, { ...fromEnvironment(), ...options });
    // The first look starts a server, where one has to be started: that is no case's time.
    beforeAll(async () => {
      const problems = await run.problems();
      if (problems.length > 0) throw new Error(problems.join("\n"));
    }, timeout);
    const chosen = cases.filter(({ id }) => run.chosen.includes(id));
    it.each(chosen.map(({ id, claim }) => ({ id, claim })))("[$id] $claim", { timeout }, async ({ id }) => {
      const { result, error } = (await run.result(id)) ?? {};
      if (result?.outcome === "failed") throw new Error(failureAsText(result), { cause: error });
      expect(result).toBeDefined();
    });
    const isAll = run.chosen.length === cases.length;
    const verdict = !isAll ? "partial" : harness.standIn === undefined ? "isolated" : "stand-in";
    it(`gets the verdict: ${verdict}`, { timeout: chosen.length * timeout }, async () => {
      const report = await run.report();
      expect(report.verdict, lastLineOf(report)).toBe(verdict);
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
