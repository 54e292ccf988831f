import type { EmbedderSettings } from "@loci/core/model";
import type OpenAI from "openai";

/** The server and its credentials. */
export interface OpenAIServerOptions {
  /**
   * Its address up to `/v1`, for another server than OpenAI's. Default: `OPENAI_BASE_URL` of the environment, else
   * OpenAI's.
   */
  readonly baseURL?: string;
  /** The key. Default: `OPENAI_API_KEY` of the environment; not needed with a `baseURL`. */
  readonly apiKey?: string;
  /** The application's own client, instead of address and key. */
  readonly client?: OpenAI;
}

/** Options of a language model. */
export interface OpenAIModelOptions extends OpenAIServerOptions {
  /**
   * The most tokens of prompt and answer together; the protocol cannot report it. A prompt that would not fit is
   * rejected before it is sent, since some servers truncate it without an error.
   * Default: 128,000 on OpenAI's own server, 4,096 on others.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers, from 0 to 2. Leave it out for reasoning models. Default: the server's. */
  readonly temperature?: number;
  /** How long a reasoning model thinks first. Default: the server's. */
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high";
}

/** Options of an embedder. */
export interface OpenAIEmbedderOptions extends OpenAIServerOptions, EmbedderSettings {
  /** The width of the vectors, for models that support shorter ones. Default: the model's own. */
  readonly dimensions?: number;
}

/** Options of a reranker. */
export interface OpenAIRerankerOptions extends OpenAIServerOptions {
  /** How many characters of the question and of each text are sent. A longer one is judged by its beginning. Default: 1,500. */
  readonly maxCharacters?: number;
}
