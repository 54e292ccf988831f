import type { Embedder, LanguageModel, Reranker } from "@loci/core/model";
import { openaiEmbedder } from "./embedder.ts";
import { openaiLanguageModel } from "./language-model.ts";
import type { OpenAIEmbedderOptions, OpenAIModelOptions, OpenAIRerankerOptions } from "./options.ts";
import { openaiReranker } from "./reranker.ts";

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

/**
 * A reranker of a server with a `/rerank` endpoint beside OpenAI's protocol: llama.cpp, vLLM, Jina, Cohere, Voyage. OpenAI itself has
 * none. Sends nothing before the first use.
 * @param model its name on the server
 */
function reranker(model: string, options: OpenAIRerankerOptions = {}): Reranker {
  return openaiReranker(model, options);
}

/**
 * Models of OpenAI and of every server with its protocol: `openai(model)`, `openai.embedder(model)`, and `openai.reranker(model)`
 * where it has that.
 */
export const openai: typeof languageModel & {
  readonly embedder: typeof embedder;
  readonly reranker: typeof reranker;
} = Object.assign(languageModel, { embedder, reranker });
