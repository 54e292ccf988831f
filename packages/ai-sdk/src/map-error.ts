import { APICallError } from "@ai-sdk/provider";
import { LociError, ModelError } from "@loci/core";
import {
  isContextLengthError,
  type ModelProblem,
  modelProblemOfStatus,
  readRetryAfter,
  unreadableAnswer,
} from "@loci/core/model";

/** Maps errors of providers to Loci's. */
export function mapError(error: unknown, model: string): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
  const fail = (
    problem: ModelProblem,
    message: string,
    more: { readonly retryable?: boolean; readonly retryAfter?: number } = {},
  ) =>
    new ModelError(
      message,
      { model, problem, ...(more.retryAfter === undefined ? {} : { retryAfter: more.retryAfter }) },
      { cause: error, ...(more.retryable === undefined ? {} : { retryable: more.retryable }) },
    );
  if (!APICallError.isInstance(error)) {
    if (error.name === "AI_NoSuchModelError") return fail("missing", `"${model}": ${error.message}`);
    if (error.name === "AI_LoadAPIKeyError") return fail("refused", `"${model}": ${error.message}`);
    const isNetwork = unreadableAnswer(error).problem === "unreachable";
    return isNetwork
      ? fail("unreachable", `The server of "${model}" does not answer: ${error.message} Is it running?`)
      : fail("failed", `"${model}" failed: ${error.message}`);
  }
  const { statusCode: status, responseBody = "", message } = error;
  const text = `${message} ${responseBody}`;
  if (isContextLengthError(text))
    return fail("too-long", `The text for "${model}" is longer than its context: ${message}`);
  if (status === undefined)
    return fail("unreachable", `The server of "${model}" does not answer: ${message} Is it running?`);
  const problem = modelProblemOfStatus(status);
  if (problem === "missing") return fail(problem, `The provider has no model "${model}": ${message}`);
  if (problem === "refused")
    return fail(problem, `The provider of "${model}" refuses: ${message} Check the key.`);
  const retryAfter = readRetryAfter((name) => error.responseHeaders?.[name]);
  return fail(problem, `The provider of "${model}" failed: ${message}`, {
    ...(problem === "failed" ? { retryable: status >= 500 } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
