import { LociError, type LociErrorOptions } from "./loci-error.ts";

/**
 * A language model or an embedder gave no usable answer.
 * @example
 * ```ts
 * if (ModelError.isInstance(error) && error.problem === "overloaded") console.log(error.retryAfter);
 * ```
 */
export class ModelError extends LociError {
  static override readonly code = "MODEL_FAILED";
  /** The model's id. */
  readonly model: string;
  readonly problem: ModelProblem;
  /** The model's text, when it is the problem. */
  readonly answer: string | undefined;
  /** Milliseconds to wait before a retry, when the server specifies them. */
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
    const isTransient = fields.problem === "unreachable" || fields.problem === "overloaded";
    super(message, { retryable: isTransient, ...options });
    this.model = fields.model;
    this.problem = fields.problem;
    this.answer = fields.answer;
    this.retryAfter = fields.retryAfter;
  }
}

/**
 * Why a model gave no usable answer:
 * - `unreachable`: the server does not answer, or the connection broke
 * - `overloaded`: the server is busy, or the quota is used up for now
 * - `missing`: the server does not have the model
 * - `refused`: the server rejects the key or its rights
 * - `unsupported`: the model cannot do the task, such as chat with an embedding model
 * - `too-long`: the text exceeds the model's context; nothing was truncated
 * - `cut`: the answer was truncated
 * - `invalid-answer`: the answer does not have the requested form
 * - `failed`: anything else; see the message and the cause
 * @example
 * ```ts
 * const isTemporary = (problem: ModelProblem) => problem === "unreachable" || problem === "overloaded";
 * ```
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
