import type { Embedder, LanguageModel } from "@loci/core/model";
import { openaiEmbedder } from "./embedder.ts";
import { openaiLanguageModel } from "./language-model.ts";
import type { OpenAIEmbedderOptions, OpenAIModelOptions } from "./options.ts";

/**
 * A language model of OpenAI, or of a server with its protocol. Sends nothing before the first use.
 * @param model its name on the server
 */
function languageModel(model: string, options: OpenAIModelOptions = {}): LanguageModel {
  return openaiLanguageModel(model, options);
}

/**
 * An embedder of OpenAI, or of a server with its protocol. Sends nothing before the first use.
 * @param model its name on the server
 */
function embedder(model: string, options: OpenAIEmbedderOptions = {}): Embedder {
  return openaiEmbedder(model, options);
}

/** Models of OpenAI and of every server with its protocol: `openai(model)`, and `openai.embedder(model)`. */
export const openai: typeof languageModel & { readonly embedder: typeof embedder } = Object.assign(
  languageModel,
  { embedder },
);
