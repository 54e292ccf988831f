import { InvalidInputError } from "@loci/core";
import OpenAI from "openai";
import { mapError } from "./map-error.ts";
import type { OpenAIServerOptions } from "./options.ts";

/** Requests to one server about one model. */
export class Connection {
  readonly model: string;
  readonly #options: OpenAIServerOptions;
  #client: OpenAI | undefined;

  /** @throws InvalidInputError for an invalid model name, and for a client with an address or a key */
  constructor(model: string, { baseURL, apiKey, client }: OpenAIServerOptions) {
    if (typeof model !== "string" || model.trim() === "") {
      throw new InvalidInputError("The model is missing: give its name on the server.", { path: "model" });
    }
    if (client && (baseURL !== undefined || apiKey !== undefined)) {
      throw new InvalidInputError("A client has its own address and key: leave baseURL and apiKey out.", {
        path: "client",
      });
    }
    this.model = model;
    this.#options = {
      ...(baseURL === undefined ? {} : { baseURL }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(client ? { client } : {}),
    };
  }

  /** Names the model in errors, facts and fingerprints. */
  get id(): string {
    return `openai/${this.model}`;
  }

  /** Whether the server is OpenAI's own. It never truncates, and counts thoughts among the tokens of an answer. */
  get isOpenAI(): boolean {
    return new URL(this.#connect().baseURL).hostname.endsWith(".openai.com");
  }

  /** Runs one request. */
  async request<T>(
    signal: AbortSignal | undefined,
    task: (client: OpenAI, options: RequestOptions) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const client = this.#connect();
    try {
      return await task(client, { maxRetries: 0, ...(signal ? { signal } : {}) });
    } catch (error) {
      signal?.throwIfAborted();
      throw mapError(error, { id: this.id, model: this.model, baseURL: client.baseURL });
    }
  }

  #connect(): OpenAI {
    if (this.#client) return this.#client;
    const { client, baseURL, apiKey } = this.#options;
    try {
      this.#client =
        client ??
        new OpenAI({
          ...(baseURL === undefined ? {} : { baseURL }),
          // The client requires a key, though a local server needs none.
          ...(apiKey === undefined && baseURL === undefined ? {} : { apiKey: apiKey ?? "none" }),
        });
    } catch (error) {
      throw mapError(error, { id: this.id, model: this.model, baseURL: baseURL ?? "OpenAI" });
    }
    return this.#client;
  }
}

/** Options of every request. Core retries, so the client does not. */
interface RequestOptions {
  readonly maxRetries: 0;
  readonly signal?: AbortSignal;
}
