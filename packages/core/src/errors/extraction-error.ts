import type { WriteResult } from "../records/write-result.ts";
import { LociError, type LociErrorOptions } from "./loci-error.ts";

/** A message that was not turned into facts, in the shape in which `add` takes it again. */
export interface UnprocessedMessage {
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly content: string;
  readonly name?: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/**
 * A conversation could not be turned into facts: the language model failed (see `cause`), or answered twice with
 * something unusable. It carries what is needed so that nothing is lost.
 */
export class ExtractionError extends LociError {
  static override readonly code = "EXTRACTION_FAILED";
  /** The messages from which nothing was stored. Those before them were dealt with. */
  readonly messages: readonly UnprocessedMessage[];
  /** What the model answered last, undefined where it did not answer. */
  readonly answer: unknown;
  /** What was stored from the messages before them. */
  readonly results: readonly WriteResult[];

  constructor(
    message: string,
    fields: {
      readonly messages: readonly UnprocessedMessage[];
      readonly answer?: unknown;
      readonly results?: readonly WriteResult[];
    },
    options?: LociErrorOptions,
  ) {
    super(message, options);
    this.messages = fields.messages;
    this.answer = fields.answer;
    this.results = fields.results ?? [];
  }
}
