import { LociError, ModelError } from "@loci/core";
import { type ModelProblem, modelProblemOfStatus } from "@loci/core/model";

/** Maps errors of the client to Loci's, with advice. */
export function mapError(
  error: unknown,
  { id, model, host }: { readonly id: string; readonly model: string; readonly host: string },
): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
  const { status_code: status, error: text = error.message } = error as Error & {
    status_code?: number;
    error?: string;
  };
  const fail = (problem: ModelProblem, message: string, retryable?: boolean) =>
    new ModelError(
      message,
      { model: id, problem },
      { cause: error, ...(retryable === undefined ? {} : { retryable }) },
    );
  if (status === undefined) {
    // A TypeError without a cause is a bug of ours. Network errors have a cause, or are broken streams.
    const isNetwork = error.cause !== undefined || /terminated|fetch failed|socket/i.test(error.message);
    if (error instanceof TypeError && !isNetwork) return error;
    const { cause } = error;
    const why = cause instanceof Error ? (Reflect.get(cause, "code") ?? cause.message) : error.message;
    return fail(
      "unreachable",
      `Ollama does not answer at ${host} (${String(why)}). Start it with: ollama serve. If it runs elsewhere, set host or OLLAMA_HOST.`,
    );
  }
  if (/exceeds the context length|context length exceeded/i.test(text))
    return fail("too-long", `The text for model "${model}" of Ollama is longer than its context.`);
  if (status === 404)
    return fail("missing", `Ollama has no model "${model}". Get it with: ollama pull ${model}`);
  if (/does not support/i.test(text)) return fail("unsupported", `Ollama: ${text}. Use another model.`);
  if (/requires more system memory/i.test(text)) {
    return fail("failed", `Ollama: ${text}. Use a smaller model or a smaller contextTokens.`, false);
  }
  const problem = modelProblemOfStatus(status);
  if (problem === "overloaded") return fail(problem, `Ollama is busy: ${text}`);
  // The next request restarts a crashed runner.
  return fail(
    problem,
    `Ollama failed with model "${model}": ${text}`,
    status >= 500 && !/schema/i.test(text),
  );
}
