import { InvalidInputError } from "../errors/invalid-input-error.ts";

/** The error for what only a language model can do. */
export function noLanguageModel(what: string): InvalidInputError {
  return new InvalidInputError(
    `${what} needs a language model: give one to new Memory({ languageModel }), such as ollama("qwen3") of @loci/ollama.`,
    { path: "languageModel" },
  );
}
