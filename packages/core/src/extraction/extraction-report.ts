import type { ExtractionError } from "../errors/extraction-error.ts";
import type { RejectedAnswer } from "./parse-extraction.ts";

/**
 * The calls of the language model, and the rejected parts of its answers.
 * @example
 * ```ts
 * const { extraction } = await alice.add("I moved to Berlin");
 * console.log(extraction?.calls, extraction?.inputTokens);
 * ```
 */
export interface ExtractionReport {
  /** Number of calls: one for each window of the conversation, and one more for each unusable answer. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Parts of the answers that were not applied. */
  readonly rejected: readonly RejectedAnswer[];
  /** With `onExtractionFailure: "store-raw"`: why messages were stored raw. */
  readonly failure?: ExtractionError;
}
