import type {
  EmbeddingModelV2,
  EmbeddingModelV3,
  EmbeddingModelV4,
  LanguageModelV2,
  LanguageModelV3,
  LanguageModelV4,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import type { EmbedderSettings } from "@loci/core/model";

/** A language model as the providers of AI SDK 5, 6 and 7 make it. */
export type AiSdkLanguageModel = LanguageModelV2 | LanguageModelV3 | LanguageModelV4;
/** An embedding model as the providers of AI SDK 5, 6 and 7 make it. */
export type AiSdkEmbeddingModel = EmbeddingModelV2<string> | EmbeddingModelV3 | EmbeddingModelV4;

/** Options of a language model. */
export interface AiSdkModelOptions {
  /**
   * Tokens that prompt and answer may have together; the AI SDK has no way to ask. A prompt that would not fit is
   * refused before it is sent, since some servers cut it without a word; long conversations are parted to fit.
   * Default: 4,096. Set what the model has, for fewer calls.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers. Default: the provider's. */
  readonly temperature?: number;
  /** Whether the length of answers is limited. Switch it off for models whose thoughts count too. Default: true. */
  readonly limitsOutput?: boolean;
  /** What only this provider knows, by its name. Default: none. */
  readonly providerOptions?: SharedV4ProviderOptions;
}

/** Options of an embedder. */
export interface AiSdkEmbedderOptions extends EmbedderSettings {
  /** What only this provider knows, by its name. Default: none. */
  readonly providerOptions?: SharedV4ProviderOptions;
}
