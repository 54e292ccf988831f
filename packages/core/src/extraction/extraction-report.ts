import type { ExtractionError } from "../errors/extraction-error.ts";
import type { RejectedAnswer } from "./parse-extraction.ts";

/** What the language model was asked, and what was made of its answers. */
export interface ExtractionReport {
  /** How often it was asked: once for each window of the conversation, and once more for an answer of no use. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What of its answers was not done. */
  readonly rejected: readonly RejectedAnswer[];
  /** With `onExtractionFailure: "store-raw"`: why messages were stored as they are instead. */
  readonly failure?: ExtractionError;
}
