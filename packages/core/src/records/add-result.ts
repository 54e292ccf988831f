import type { ExtractionReport } from "../extraction/extraction-report.ts";
import type { WriteResult } from "./write-result.ts";

/**
 * What `add` did.
 * @example
 * ```ts
 * const { results }: AddResult = await alice.add("I moved to Berlin");
 * console.log(results[0]?.status, results[0]?.id); // added, and its id
 * ```
 */
export interface AddResult {
  /** Without inference, one for each message, in order. With inference, one for each fact and each closed memory. */
  readonly results: readonly WriteResult[];
  /** With inference: the report of the extraction. */
  readonly extraction?: ExtractionReport;
}
