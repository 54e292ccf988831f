import { ModelError } from "@loci/core";
import {
  assertOptions,
  type GenerateRequest,
  type GenerateResult,
  type LanguageModel,
  parseAnswer,
} from "@loci/core/model";
import type { ChatRequest, ChatResponse, Ollama } from "ollama";
import { Connection } from "./connection.ts";
import type { OllamaModelOptions } from "./options.ts";

/** Ollama's default on a machine without a large GPU. */
const usualContext = 4096;

/**
 * Options that the client's types lack. The server then rejects a prompt that does not fit, and ends an answer at
 * the limit, instead of dropping the beginning.
 */
interface WholeChatRequest extends ChatRequest {
  readonly truncate: false;
  readonly shift: false;
  readonly stream: true;
}

interface Known {
  readonly contextTokens: number;
  readonly thinks: boolean;
}

const optionNames = Object.keys({
  host: true,
  headers: true,
  keepAlive: true,
  contextTokens: true,
  temperature: true,
  think: true,
} satisfies Record<keyof OllamaModelOptions, true>);

export function ollamaLanguageModel(model: string, options: OllamaModelOptions): LanguageModel {
  assertOptions(options, optionNames, "ollama(model, options)");
  const connection = new Connection(model, options);
  const { contextTokens: wanted, temperature = 0, think = false, keepAlive } = options;
  let known: Known | undefined;
  const learn = async (signal: AbortSignal | undefined): Promise<Known> => {
    if (known) return known;
    const { capabilities, preferredContext, contextTokens } = await connection.facts("completion", signal);
    const context = wanted ?? preferredContext ?? usualContext;
    known = {
      contextTokens: Math.min(context, contextTokens ?? context),
      thinks: capabilities.includes("thinking"),
    };
    return known;
  };

  return {
    specVersion: 1,
    id: connection.id,
    describe: async ({ signal } = {}) => ({ contextTokens: (await learn(signal)).contextTokens }),
    async generate({ messages, schema, maxOutputTokens, signal }: GenerateRequest): Promise<GenerateResult> {
      signal?.throwIfAborted();
      const { contextTokens, thinks } = await learn(signal);
      const request: WholeChatRequest = {
        model,
        messages: messages.map(({ role, content }) => ({ role, content })),
        format: schema,
        truncate: false,
        shift: false,
        stream: true,
        options: {
          num_ctx: contextTokens,
          temperature,
          ...(maxOutputTokens === undefined || (thinks && think) ? {} : { num_predict: maxOutputTokens }),
        },
        ...(thinks ? { think } : {}),
        ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
      };
      const { answer, last } = await connection.request(signal, (client) => receive(client, request));
      if (!last?.done || last.done_reason === "length") {
        const why = last?.done
          ? `did not end its answer within ${maxOutputTokens ?? contextTokens} tokens`
          : "repeated itself until the server stopped it";
        throw new ModelError(`Model "${model}" of Ollama ${why}.`, {
          model: connection.id,
          problem: "cut",
          answer,
        });
      }
      return {
        object: parseAnswer(answer, connection.id),
        usage: { inputTokens: last.prompt_eval_count ?? 0, outputTokens: last.eval_count ?? 0 },
      };
    },
  };
}

/**
 * Reads an answer as a stream, since the first token of a large prompt may come after a client's timeout. The server
 * stops a model that repeats one word. Its stream then ends without being done.
 */
async function receive(
  client: Ollama,
  request: WholeChatRequest,
): Promise<{ readonly answer: string; readonly last: ChatResponse | undefined }> {
  let answer = "";
  let last: ChatResponse | undefined;
  try {
    for await (const part of await client.chat(request)) {
      answer += part.message.content;
      last = part;
    }
  } catch (error) {
    // Where nothing came at all, no model was stopped.
    const isStopped = error instanceof Error && error.message.startsWith("Did not receive done") && last;
    if (!isStopped) throw error;
  }
  return { answer, last };
}
