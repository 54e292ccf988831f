import { ModelError } from "@loci/core";
import {
  assertFits,
  assertOptions,
  assertWholePrompt,
  type GenerateRequest,
  type GenerateResult,
  type LanguageModel,
  type PromptMessage,
  parseAnswer,
} from "@loci/core/model";
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from "openai/resources/chat/completions";
import { Connection } from "./connection.ts";
import type { OpenAIModelOptions } from "./options.ts";

/** The smallest context of OpenAI's models with schemas, and the default of local servers. */
const contexts = { openai: 128_000, others: 4096 };

/** How the server is asked for JSON: by a schema if it can, else in words. */
type Format = "schema" | "object" | "words";

const optionNames = Object.keys({
  baseURL: true,
  apiKey: true,
  client: true,
  contextTokens: true,
  temperature: true,
  reasoningEffort: true,
} satisfies Record<keyof OpenAIModelOptions, true>);

export function openaiLanguageModel(model: string, options: OpenAIModelOptions): LanguageModel {
  assertOptions(options, optionNames, "openai(model, options)");
  const connection = new Connection(model, options);
  const { contextTokens, temperature, reasoningEffort } = options;
  const context = () => contextTokens ?? (connection.isOpenAI ? contexts.openai : contexts.others);
  let format: Format = "schema";

  return {
    specVersion: 1,
    id: connection.id,
    describe: async () => ({ contextTokens: context() }),
    async generate(request: GenerateRequest): Promise<GenerateResult> {
      const { schema, maxOutputTokens, signal } = request;
      signal?.throwIfAborted();
      const messages = format === "schema" ? request.messages : withSchema(request.messages, schema);
      assertFits(messages, context(), connection.id);
      const body: ChatCompletionCreateParamsNonStreaming = {
        model,
        messages: messages.map(({ role, content }) => ({ role, content })),
        ...formatted(format, schema),
        ...(temperature === undefined ? {} : { temperature }),
        ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
        // OpenAI counts thoughts too, so a limit could end the answer before it begins.
        ...(maxOutputTokens === undefined || connection.isOpenAI ? {} : { max_tokens: maxOutputTokens }),
      };
      try {
        return await complete(connection, body, messages, signal);
      } catch (error) {
        const next = fallback(format, error);
        if (!next) throw error;
        format = next;
        return this.generate(request);
      }
    },
  };
}

async function complete(
  connection: Connection,
  body: ChatCompletionCreateParamsNonStreaming,
  messages: readonly PromptMessage[],
  signal: AbortSignal | undefined,
): Promise<GenerateResult> {
  const { answer, reason, refusal, usage } = await connection.request(signal, async (client, options) =>
    read(await client.chat.completions.create(body, options)),
  );
  const { id } = connection;
  if (reason === "length")
    throw new ModelError(`"${id}" did not end its answer within its token limit.`, {
      model: id,
      problem: "cut",
      answer,
    });
  if (refusal || reason === "content_filter") {
    throw new ModelError(`"${id}" refused to answer: ${refusal ?? "its filter stopped it"}.`, {
      model: id,
      problem: "invalid-answer",
      answer,
    });
  }
  assertWholePrompt(messages, usage.inputTokens, id);
  return { object: parseAnswer(answer, id), usage };
}

/** What an answer says. Servers that imitate OpenAI's may leave out anything, or give a text in parts. */
function read({ choices: [choice], usage }: ChatCompletion): Read {
  const { content, refusal } = choice?.message ?? {};
  const parts: unknown = content;
  const texts = Array.isArray(parts) ? parts.map((part: { readonly text?: unknown }) => part?.text) : [parts];
  const count = (tokens: unknown) => (typeof tokens === "number" ? tokens : 0);
  return {
    answer: texts.filter((text) => typeof text === "string").join(""),
    reason: choice?.finish_reason,
    refusal,
    usage: { inputTokens: count(usage?.prompt_tokens), outputTokens: count(usage?.completion_tokens) },
  };
}

interface Read extends Pick<GenerateResult, "usage"> {
  readonly answer: string;
  readonly reason: string | undefined;
  readonly refusal: string | null | undefined;
}

function formatted(
  format: Format,
  schema: GenerateRequest["schema"],
): Pick<ChatCompletionCreateParamsNonStreaming, "response_format"> {
  if (format === "words") return {};
  if (format === "object") return { response_format: { type: "json_object" } };
  return {
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: { ...schema } },
    },
  };
}

/** The next format to try, when the server does not support this one. */
function fallback(format: Format, error: unknown): Format | undefined {
  const isUnknown =
    ModelError.isInstance(error) &&
    error.problem === "failed" &&
    !error.retryable &&
    /response_format|json_schema|json_object/i.test(error.message);
  if (!isUnknown || format === "words") return undefined;
  return format === "schema" ? "object" : "words";
}

function withSchema(
  messages: readonly PromptMessage[],
  schema: GenerateRequest["schema"],
): readonly PromptMessage[] {
  const rule = `Answer with one JSON object of this schema, and nothing else: ${JSON.stringify(schema)}`;
  return [{ role: "system", content: rule }, ...messages];
}
