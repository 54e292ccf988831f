import type { ExtractionReport } from "../extraction/extraction-report.ts";
import type { WriteResult } from "./write-result.ts";

/** What `add` did. */
export interface AddResult {
  /** Without inference, one for each message, in their order; with it, one for each fact, and for each memory closed. */
  readonly results: readonly WriteResult[];
  /** With inference: what was asked and answered. */
  readonly extraction?: ExtractionReport;
}
