import type { Embedder, LanguageModel } from "@loci/core/model";
import { aiSdkEmbedder } from "./embedder.ts";
import { aiSdkLanguageModel } from "./language-model.ts";
import type {
  AiSdkEmbedderOptions,
  AiSdkEmbeddingModel,
  AiSdkLanguageModel,
  AiSdkModelOptions,
} from "./options.ts";

/**
 * A language model of any provider of the AI SDK.
 * @param model a provider's model, such as `anthropic("claude-sonnet-4-5")`
 */
function languageModel(model: AiSdkLanguageModel, options: AiSdkModelOptions = {}): LanguageModel {
  return aiSdkLanguageModel(model, options);
}

/**
 * An embedder of any provider of the AI SDK.
 * @param model a provider's embedding model, such as `google.embeddingModel("gemini-embedding-001")`
 */
function embedder(model: AiSdkEmbeddingModel, options: AiSdkEmbedderOptions = {}): Embedder {
  return aiSdkEmbedder(model, options);
}

/** Models of the AI SDK's providers: `aiSdk(model)` is a language model, `aiSdk.embedder(model)` an embedder. */
export const aiSdk: typeof languageModel & { readonly embedder: typeof embedder } = Object.assign(
  languageModel,
  { embedder },
);
