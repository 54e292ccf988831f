import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * Why a model gave no usable answer:
 * - `unreachable`: its server does not answer, or the connection broke
 * - `overloaded`: its server has too much to do, or the quota is used up for now
 * - `missing`: its server does not have the model
 * - `refused`: the key, or its rights
 * - `unsupported`: the model cannot do what is asked, such as chatting with an embedder
 * - `too-long`: the text is longer than the model takes; nothing was cut
 * - `cut`: the answer ended before it was complete
 * - `invalid-answer`: the answer is not what was asked for
 * - `failed`: anything else; the message and the cause say what
 */
export type ModelProblem =
  | "unreachable"
  | "overloaded"
  | "missing"
  | "refused"
  | "unsupported"
  | "too-long"
  | "cut"
  | "invalid-answer"
  | "failed";

/** A language model or an embedder gave no usable answer. */
export class ModelError extends LociError {
  static override readonly code = "MODEL_FAILED";
  /** The model's id. */
  readonly model: string;
  readonly problem: ModelProblem;
  /** The text that came back, where it is the problem. */
  readonly answer: string | undefined;
  /** How many milliseconds the server asks to wait before the next try, where it says. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    fields: {
      readonly model: string;
      readonly problem: ModelProblem;
      readonly answer?: string;
      readonly retryAfter?: number;
    },
    options: LociErrorOptions = {},
  ) {
    const passes = fields.problem === "unreachable" || fields.problem === "overloaded";
    super(message, { retryable: passes, ...options });
    this.model = fields.model;
    this.problem = fields.problem;
    this.answer = fields.answer;
    this.retryAfter = fields.retryAfter;
  }
}
