import { LociError, ModelError } from "@loci/core";
import { type ModelProblem, modelProblemOfStatus, unreadableAnswer } from "@loci/core/model";

/** Maps errors of the client to Loci's, with advice. */
export function mapError(
  error: unknown,
  { id, model, host }: { readonly id: string; readonly model: string; readonly host: string },
): unknown {
  if (LociError.isInstance(error)) return error;
  const {
    status_code: status,
    error: said,
    message = "",
  } = Object(error) as Readonly<{
    status_code?: number;
    error?: unknown;
    message?: string;
  }>;
  // Proxies in between give an object, as OpenAI does.
  const inner = (said as { readonly message?: unknown } | undefined)?.message;
  const text = [said, inner].find((one) => typeof one === "string") ?? message;
  const fail = (problem: ModelProblem, message: string, retryable?: boolean) =>
    new ModelError(
      message,
      { model: id, problem },
      { cause: error, ...(retryable === undefined ? {} : { retryable }) },
    );
  if (status === undefined) {
    const { problem, why } = unreadableAnswer(error);
    return fail(
      problem,
      problem === "unreachable"
        ? `Ollama does not answer at ${host} (${why}). Start it with: ollama serve. If it runs elsewhere, set host or OLLAMA_HOST.`
        : `What answers at ${host} is not Ollama (${why}). Check host, and whether a proxy in between asks for a login.`,
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
