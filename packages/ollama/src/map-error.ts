import { LociError, ModelError } from "@loci/core";
import { type ModelProblem, modelProblemOfStatus } from "@loci/core/model";

/** Names what the client throws in Loci's own errors, with what to do about it. */
export function mapError(
  error: unknown,
  { id, model, host }: { readonly id: string; readonly model: string; readonly host: string },
): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
  const { status_code: status, error: said = error.message } = error as Error & {
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
    // The client's own refusals are bugs of ours; the network's are TypeErrors with a cause, or a broken stream.
    const isNetwork = error.cause !== undefined || /terminated|fetch failed|socket/i.test(error.message);
    if (error instanceof TypeError && !isNetwork) return error;
    const { cause } = error;
    const why = cause instanceof Error ? (Reflect.get(cause, "code") ?? cause.message) : error.message;
    return fail(
      "unreachable",
      `Ollama does not answer at ${host} (${String(why)}). Start it with: ollama serve. If it runs elsewhere, set host or OLLAMA_HOST.`,
    );
  }
  if (/exceeds the context length|context length exceeded/i.test(said))
    return fail("too-long", `What model "${model}" of Ollama was given is longer than its context.`);
  if (status === 404)
    return fail("missing", `Ollama has no model "${model}". Get it with: ollama pull ${model}`);
  if (/does not support/i.test(said)) return fail("unsupported", `Ollama: ${said}. Take another model.`);
  if (/requires more system memory/i.test(said)) {
    return fail("failed", `Ollama: ${said}. Take a smaller model, or a smaller contextTokens.`, false);
  }
  const problem = modelProblemOfStatus(status);
  if (problem === "overloaded") return fail(problem, `Ollama is busy: ${said}`);
  // A runner that crashed is started again by the next request.
  return fail(
    problem,
    `Ollama failed with model "${model}": ${said}`,
    status >= 500 && !/schema/i.test(said),
  );
}
