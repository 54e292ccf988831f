import type { ModelProblem } from "../errors/model-error.ts";

/** What an HTTP status of a model server means; whoever knows better from the text that came with it says so first. */
export function modelProblemOfStatus(status: number): ModelProblem {
  if (status === 401 || status === 403) return "refused";
  if (status === 404) return "missing";
  if (status === 413) return "too-long";
  if (
    status === 408 ||
    status === 429 ||
    status === 502 ||
    status === 503 ||
    status === 504 ||
    status === 529
  )
    return "overloaded";
  return "failed";
}

/** Whether a server that speaks OpenAI's protocol, or an AI SDK provider, says that a text was longer than the model takes. */
export function isContextLengthError(said: string): boolean {
  return /context.{0,20}length|maximum context|too many tokens|input.{0,20}too (long|large)/i.test(said);
}
