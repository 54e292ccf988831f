import type { EmbedderSettings } from "@loci/core/model";

/** Where Ollama is, and how long it keeps a model. */
export interface OllamaServerOptions {
  /** Its address. Default: `OLLAMA_HOST` of the environment, else `http://127.0.0.1:11434`. */
  readonly host?: string;
  /** Headers of every request, for a server behind a proxy. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the server keeps the model in memory after a call, such as "10m", 0 or -1 for ever. Default: the server's, 5 minutes. */
  readonly keepAlive?: string | number;
}

/** Options of a language model. */
export interface OllamaModelOptions extends OllamaServerOptions {
  /**
   * Tokens that prompt and answer may have together (`num_ctx`). A larger one takes more memory; another than before
   * makes the server load the model again. Never more than the model has. Default: what the model's own file says
   * (`PARAMETER num_ctx`), else 4,096, which is what Ollama gives a machine without a large GPU.
   */
  readonly contextTokens?: number;
  /** Randomness of the answers, from 0. Default: 0. */
  readonly temperature?: number;
  /** Whether a model that can think first does so: slower, and for small models not always better. Default: false. */
  readonly think?: boolean | "low" | "medium" | "high";
}

/** A model that the server has. */
export interface InstalledModel {
  /** Its name, with its tag. */
  readonly model: string;
  readonly kind: "language model" | "embedder";
  /** The size of its files. */
  readonly bytes: number;
}

/** Options of an embedder. */
export interface OllamaEmbedderOptions extends OllamaServerOptions, EmbedderSettings {
  /** The width of the vectors, for models that can make shorter ones. Default: the model's own. */
  readonly dimensions?: number;
}
