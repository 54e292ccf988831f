import { ModelError } from "../errors/model-error.ts";
import { estimateTokens } from "../text/estimate-tokens.ts";
import type { PromptMessage } from "./language-model.ts";

/** An estimate is at most three times the real count. Beyond twice that, the server dropped text. */
const tolerance = 6;
const frame = 4;

/**
 * Rejects a prompt that would not fit, before it is sent. For servers that drop the excess without an error.
 * @throws ModelError with the problem `too-long`
 * @example
 * ```ts
 * assertFits([{ role: "user", content: "hello" }], 4096, "my-model");
 * ```
 */
export function assertFits(messages: readonly PromptMessage[], contextTokens: number, model: string): void {
  const tokens = estimatePrompt(messages);
  if (tokens <= contextTokens) return;
  throw new ModelError(
    `A prompt of about ${tokens} tokens does not fit into the ${contextTokens} of language model "${model}".`,
    { model, problem: "too-long" },
  );
}

/**
 * Compares the server's token count with the prompt.
 * @throws ModelError with the problem `too-long` when the server cannot have read the whole prompt
 * @example
 * ```ts
 * assertWholePrompt([{ role: "user", content: "hello" }], 9, "my-model"); // 9 tokens, says the server
 * ```
 */
export function assertWholePrompt(messages: readonly PromptMessage[], counted: number, model: string): void {
  const tokens = estimatePrompt(messages);
  if (counted <= 0 || counted * tolerance >= tokens) return;
  throw new ModelError(
    `The server of language model "${model}" read ${counted} tokens of a prompt of about ${tokens}: it dropped the rest. Set contextTokens to the context that the server really has.`,
    { model, problem: "too-long" },
  );
}

function estimatePrompt(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, { content }) => sum + frame + estimateTokens(content), 0);
}
