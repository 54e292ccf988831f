import type { EmbedderSettings } from "@loci/core/model";

/** The Ollama server, and how long it keeps a model loaded. */
export interface OllamaServerOptions {
  /** Its address. Default: `OLLAMA_HOST` of the environment, else `http://127.0.0.1:11434`. */
  readonly host?: string;
  /** Headers of every request, for a server behind a proxy. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long the server keeps the model in memory after a call: such as "10m", 0 for not at all, -1 for ever.
   * Default: the server's, 5 minutes.
   */
  readonly keepAlive?: string | number;
}

/** Options of a language model. */
export interface OllamaModelOptions extends OllamaServerOptions {
  /**
   * The most tokens of prompt and answer together (`num_ctx`). A larger context takes more memory. A changed one
   * makes the server load the model again. Never exceeds the model's own. Default: the Modelfile's `PARAMETER
   * num_ctx`, else 4,096, Ollama's default on a machine without a large GPU.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers, from 0. Default: 0. */
  readonly temperature?: number;
  /**
   * Whether a model with a thinking mode thinks first. It is slower, and not always better for small models.
   * Default: false.
   */
  readonly think?: boolean | "low" | "medium" | "high";
}

/** A model that the server has. */
export interface InstalledModel {
  /** Its name, with its tag. */
  readonly model: string;
  readonly kind: "language model" | "embedder";
  /** The size of its files in bytes. */
  readonly bytes: number;
}

/** Options of an embedder. */
export interface OllamaEmbedderOptions extends OllamaServerOptions, EmbedderSettings {
  /** The width of the vectors, for models that support shorter ones. Default: the model's own. */
  readonly dimensions?: number;
}
