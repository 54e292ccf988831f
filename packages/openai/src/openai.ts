import type { Embedder, LanguageModel } from "@loci/core/model";
import { openaiEmbedder } from "./embedder.ts";
import { openaiLanguageModel } from "./language-model.ts";
import type { OpenAIEmbedderOptions, OpenAIModelOptions } from "./options.ts";

/**
 * A language model of OpenAI's, or of a server that speaks its protocol. Nothing is asked before the first use.
 * @param model its name with the server
 */
function languageModel(model: string, options: OpenAIModelOptions = {}): LanguageModel {
  return openaiLanguageModel(model, options);
}

/**
 * An embedder of OpenAI's, or of a server that speaks its protocol. Nothing is asked before the first use.
 * @param model its name with the server
 */
function embedder(model: string, options: OpenAIEmbedderOptions = {}): Embedder {
  return openaiEmbedder(model, options);
}

/** Models of OpenAI's and of every server that speaks its protocol: `openai(model)`, and `openai.embedder(model)`. */
export const openai: typeof languageModel & { readonly embedder: typeof embedder } = Object.assign(
  languageModel,
  { embedder },
);
