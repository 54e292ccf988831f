import { LociError, ModelError } from "@loci/core";
import {
  isContextLengthError,
  type ModelProblem,
  modelProblemOfStatus,
  readRetryAfter,
  unreadableAnswer,
} from "@loci/core/model";
import { APIConnectionError, APIError, OpenAIError } from "openai";

/** Maps errors of the client to Loci's, with advice. */
export function mapError(
  error: unknown,
  { id, model, baseURL }: { readonly id: string; readonly model: string; readonly baseURL: string },
): unknown {
  if (LociError.isInstance(error)) return error;
  const fail = (
    problem: ModelProblem,
    message: string,
    more: { readonly retryable?: boolean; readonly retryAfter?: number } = {},
  ) => {
    const { retryable, retryAfter } = more;
    return new ModelError(
      message,
      { model: id, problem, ...(retryAfter === undefined ? {} : { retryAfter }) },
      { cause: error, ...(retryable === undefined ? {} : { retryable }) },
    );
  };
  if (error instanceof APIConnectionError) {
    const { why } = unreadableAnswer(error);
    return fail(
      "unreachable",
      `The server of "${model}" does not answer at ${baseURL}: ${why}. Is it running?`,
    );
  }
  if (!(error instanceof APIError)) {
    // The client and our own reading of its answer throw nothing else.
    if (!(error instanceof OpenAIError)) {
      const { problem, why } = unreadableAnswer(error);
      return fail(
        problem,
        problem === "unreachable"
          ? `The server of "${model}" at ${baseURL} broke off: ${why}.`
          : `What answers at ${baseURL} is no server of OpenAI's interface: ${why}. Check baseURL, and whether a proxy in between asks for a login.`,
      );
    }
    return fail(
      "refused",
      `${error.message} Give apiKey, or set OPENAI_API_KEY; a local server needs baseURL instead.`,
    );
  }
  const { message } = error;
  if (isContextLengthError(message))
    return fail("too-long", `The text for "${model}" is longer than its context: ${message}`);
  const { status = 500 } = error;
  if (status === 404) return fail("missing", `The server at ${baseURL} has no model "${model}": ${message}`);
  if (status === 401 || status === 403)
    return fail("refused", `The server at ${baseURL} refuses: ${message} Check apiKey and its rights.`);
  if (error.code === "insufficient_quota")
    return fail("overloaded", `The quota of the key is used up: ${message}`, { retryable: false });
  const problem = modelProblemOfStatus(status);
  const retryAfter = readRetryAfter((name) => error.headers?.get(name));
  return fail(problem, `The server of "${model}" failed: ${message}`, {
    ...(problem === "failed" ? { retryable: status >= 500 } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
