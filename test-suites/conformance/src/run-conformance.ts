import type { ConformanceOptions } from "./conformance-options.ts";
import { ConformanceRun } from "./conformance-run.ts";
import type { ConformanceHarness } from "./harness.ts";
import type { ConformanceReport } from "./report.ts";

/**
 * Runs the cases against a store and reports. What goes wrong is in the report.
 * @throws InvalidInputError for an invalid option, and for nothing else
 */
export async function runConformance(
  harness: ConformanceHarness,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  return new ConformanceRun(harness, options).report();
}
