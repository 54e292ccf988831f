import type { EmbedderSettings } from "@loci/core/model";
import type OpenAI from "openai";

/** Which server, and who asks. */
export interface OpenAIServerOptions {
  /** Its address up to `/v1`, for a server that is not OpenAI's own. Default: `OPENAI_BASE_URL` of the environment, else OpenAI's. */
  readonly baseURL?: string;
  /** The key. Default: `OPENAI_API_KEY` of the environment; with a `baseURL`, none is needed. */
  readonly apiKey?: string;
  /** A client that the application has, instead of address and key. */
  readonly client?: OpenAI;
}

/** Options of a language model. */
export interface OpenAIModelOptions extends OpenAIServerOptions {
  /**
   * Tokens that prompt and answer may have together; the protocol has no way to ask. A prompt that would not fit is
   * refused before it is sent, since some servers cut it without a word.
   * Default: 128,000 on OpenAI's own server, 4,096 on others.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers, from 0 to 2; reasoning models take none. Default: the server's. */
  readonly temperature?: number;
  /** How long a reasoning model thinks first. Default: the server's. */
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high";
}

/** Options of an embedder. */
export interface OpenAIEmbedderOptions extends OpenAIServerOptions, EmbedderSettings {
  /** The width of the vectors, for models that can make shorter ones. Default: the model's own. */
  readonly dimensions?: number;
}
