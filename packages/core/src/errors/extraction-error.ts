import type { WriteResult } from "../records/write-result.ts";
import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * No facts could be extracted from a conversation: the language model failed (see `cause`), or gave two unusable
 * answers. The error carries the messages for a retry.
 * @example
 * ```ts
 * if (ExtractionError.isInstance(error)) await alice.add(error.messages, { infer: false });
 * ```
 */
export class ExtractionError extends LociError {
  static override readonly code = "EXTRACTION_FAILED";
  /** The messages without stored facts. All messages before them were processed. */
  readonly messages: readonly UnprocessedMessage[];
  /** The last answer of the model, undefined when it did not answer. */
  readonly answer: unknown;
  /** The results of the messages before them. */
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

/** A message without extracted facts, in the shape that `add` accepts. */
export interface UnprocessedMessage {
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly content: string;
  readonly name?: string;
  /** ISO 8601. */
  readonly timestamp: string;
}
