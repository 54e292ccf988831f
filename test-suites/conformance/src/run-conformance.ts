import type { ConformanceOptions } from "./conformance-options.ts";
import { ConformanceRun } from "./conformance-run.ts";
import type { ConformanceHarness } from "./harness.ts";
import type { ConformanceReport } from "./report.ts";

/** Runs every case against a store and reports. Never throws: what goes wrong is in the report. */
export async function runConformance(
  harness: ConformanceHarness,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  return new ConformanceRun(harness, options).report();
}
