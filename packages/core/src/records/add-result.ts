import type { ExtractionReport } from "../extraction/extraction-report.ts";
import type { WriteResult } from "./write-result.ts";

/** What `add` did. */
export interface AddResult {
  /** Without inference, one for each message, in order. With inference, one for each fact and each closed memory. */
  readonly results: readonly WriteResult[];
  /** With inference: the report of the extraction. */
  readonly extraction?: ExtractionReport;
}
