import { LociError, ModelError } from "@loci/core";
import { isContextLengthError, type ModelProblem, modelProblemOfStatus } from "@loci/core/model";
import { APIConnectionError, APIError, OpenAIError } from "openai";

/** Maps errors of the client to Loci's, with advice. */
export function mapError(
  error: unknown,
  { id, model, baseURL }: { readonly id: string; readonly model: string; readonly baseURL: string },
): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
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
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return fail(
      "unreachable",
      `The server of "${model}" does not answer at ${baseURL}: ${why} Is it running?`,
    );
  }
  if (!(error instanceof APIError)) {
    if (!(error instanceof OpenAIError)) return error;
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
  const retryAfter = readRetryAfter(error.headers);
  return fail(problem, `The server of "${model}" failed: ${message}`, {
    ...(problem === "failed" ? { retryable: status >= 500 } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** Milliseconds; the header has seconds or a date. */
function readRetryAfter(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact)) return exact;
  const given = headers?.get("retry-after");
  if (!given) return undefined;
  const seconds = Number(given);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(given) - Date.now();
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}
