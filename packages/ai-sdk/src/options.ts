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

/** A language model from a provider of AI SDK 5, 6 or 7. */
export type AiSdkLanguageModel = LanguageModelV2 | LanguageModelV3 | LanguageModelV4;
/** An embedding model from a provider of AI SDK 5, 6 or 7. */
export type AiSdkEmbeddingModel = EmbeddingModelV2<string> | EmbeddingModelV3 | EmbeddingModelV4;

/** Options of a language model. */
export interface AiSdkModelOptions {
  /**
   * The most tokens of prompt and answer together; the AI SDK cannot report it. A prompt that would not fit is
   * rejected before it is sent, since some servers truncate it without an error. Long conversations are split to
   * fit.
   * Default: 4,096. Set the model's own for fewer calls.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers. Default: the provider's. */
  readonly temperature?: number;
  /**
   * Whether the length of answers is limited. Set it to false for models that count their thoughts too. Default:
   * true.
   */
  readonly limitsOutput?: boolean;
  /** Options that only this provider has, under its name. Default: none. */
  readonly providerOptions?: SharedV4ProviderOptions;
}

/** Options of an embedder. */
export interface AiSdkEmbedderOptions extends EmbedderSettings {
  /** Options that only this provider has, under its name. Default: none. */
  readonly providerOptions?: SharedV4ProviderOptions;
}
