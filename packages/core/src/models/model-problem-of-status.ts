import type { ModelProblem } from "../errors/model-error.ts";

/**
 * Maps an HTTP status of a model server to a problem. Adapters that recognize the error text decide first.
 * @example
 * ```ts
 * console.log(modelProblemOfStatus(429)); // overloaded
 * ```
 */
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

/**
 * Whether an error message reports a text that exceeds the context. Knows OpenAI's protocol and the AI SDK
 * providers.
 * @example
 * ```ts
 * console.log(isContextLengthError("This model's maximum context length is 4096 tokens.")); // true
 * ```
 */
export function isContextLengthError(message: string): boolean {
  return /context.{0,20}length|maximum context|too many tokens|input.{0,20}too (long|large)/i.test(message);
}
