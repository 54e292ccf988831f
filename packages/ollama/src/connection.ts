import { InvalidInputError, ModelError } from "@loci/core";
import { Ollama, type ShowResponse } from "ollama";
import { mapError } from "./map-error.ts";
import type { OllamaServerOptions } from "./options.ts";

const defaultHost = "http://127.0.0.1:11434";

/** Requests to one server about one model. */
export class Connection {
  readonly model: string;
  readonly host: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws InvalidInputError for an invalid model name or host */
  constructor(model: string, { host, headers = {} }: OllamaServerOptions) {
    if (typeof model !== "string" || model.trim() === "") {
      throw new InvalidInputError('The model of Ollama is missing: give its name, such as "qwen3:4b".', {
        path: "model",
      });
    }
    this.model = model;
    this.host = parseHost(host ?? environmentHost() ?? defaultHost);
    this.#headers = headers;
  }

  /** Names the model in errors, facts and fingerprints. */
  get id(): string {
    return `ollama/${this.model}`;
  }

  /** Runs one request with its own client, so the signal aborts every fetch. */
  async request<T>(signal: AbortSignal | undefined, task: (client: Ollama) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const client = new Ollama({
      host: this.host,
      headers: { ...this.#headers },
      fetch: (input, init) => {
        const signals = [init?.signal, signal].filter((given) => given instanceof AbortSignal);
        return fetch(input, { ...init, signal: signals.length > 0 ? AbortSignal.any(signals) : null });
      },
    });
    try {
      return await task(client);
    } catch (error) {
      signal?.throwIfAborted();
      throw mapError(error, this);
    }
  }

  /** @throws ModelError, with the problem `unsupported` when the model lacks the capability */
  async facts(
    capability: "completion" | "embedding" | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ModelFacts> {
    const facts = await this.request(signal, async (client) =>
      readFacts(await client.show({ model: this.model })),
    );
    // Servers before 0.6.4 report no capabilities.
    if (!capability || facts.capabilities.length === 0 || facts.capabilities.includes(capability))
      return facts;
    const advice =
      capability === "embedding"
        ? "is not an embedder: use one, such as nomic-embed-text"
        : "is an embedder and cannot chat: use a language model, such as qwen3:4b";
    throw new ModelError(`Model "${this.model}" of Ollama ${advice}.`, {
      model: this.id,
      problem: "unsupported",
    });
  }
}

/** What the server reports about a model. */
export interface ModelFacts {
  readonly capabilities: readonly string[];
  readonly contextTokens: number | undefined;
  readonly dimensions: number | undefined;
  /** The context that its Modelfile sets. */
  readonly preferredContext: number | undefined;
}

function readFacts({ capabilities = [], model_info, parameters = "" }: ShowResponse): ModelFacts {
  // The client declares a Map, but the server sends an object.
  const info = model_info as unknown as Readonly<Record<string, unknown>>;
  const architecture = String(info["general.architecture"]);
  const number = (name: string) => {
    const value = info[`${architecture}.${name}`];
    return typeof value === "number" ? value : undefined;
  };
  return {
    capabilities,
    contextTokens: number("context_length"),
    dimensions: number("embedding_length"),
    preferredContext: Number(/^num_ctx\s+(\d+)/m.exec(parameters)?.[1]) || undefined,
  };
}

function parseHost(host: string): string {
  const address = /^[a-z]+:\/\//i.test(host) ? host : `http://${host}`;
  if (!URL.canParse(address)) {
    throw new InvalidInputError(`host ${JSON.stringify(host)} is not an address such as "${defaultHost}".`, {
      path: "host",
    });
  }
  const url = new URL(address);
  // A server that listens on all interfaces also listens on this one.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.port === "" && url.protocol === "http:" && !host.endsWith(":80")) url.port = "11434";
  return url.href.replace(/\/$/, "");
}

function environmentHost(): string | undefined {
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
  return process?.env?.OLLAMA_HOST || undefined;
}
