import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { InvalidInputError, ModelError } from "@loci/core";
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
import { mapError } from "./map-error.ts";
import type { AiSdkLanguageModel, AiSdkModelOptions } from "./options.ts";

const defaultContext = 4096;

const optionNames = Object.keys({
  providerOptions: true,
  contextTokens: true,
  temperature: true,
  limitsOutput: true,
} satisfies Record<keyof AiSdkModelOptions, true>);

export function aiSdkLanguageModel(model: AiSdkLanguageModel, options: AiSdkModelOptions): LanguageModel {
  assertOptions(options, optionNames, "aiSdk(model, options)");
  if (typeof model?.doGenerate !== "function") {
    throw new InvalidInputError(
      "doEmbed" in Object(model)
        ? "This is an embedding model of the AI SDK: give it to aiSdk.embedder(model), and a language model to aiSdk."
        : 'A language model of the AI SDK is missing: give a model of a provider, such as openai("gpt-5"), not its name.',
      { path: "model" },
    );
  }
  const { contextTokens = defaultContext, temperature, limitsOutput = true, providerOptions } = options;
  const id = `${model.provider}/${model.modelId}`;

  return {
    specVersion: 1,
    id,
    describe: async () => ({ contextTokens }),
    async generate({ messages, schema, maxOutputTokens, signal }: GenerateRequest): Promise<GenerateResult> {
      signal?.throwIfAborted();
      assertFits(messages, contextTokens, id);
      const call: LanguageModelV4CallOptions = {
        prompt: messages.map(toPromptPart),
        responseFormat: { type: "json", schema: { ...schema }, name: "answer" },
        ...(temperature === undefined ? {} : { temperature }),
        ...(maxOutputTokens === undefined || !limitsOutput ? {} : { maxOutputTokens }),
        ...(providerOptions ? { providerOptions } : {}),
        ...(signal ? { abortSignal: signal } : {}),
      };
      const answered = await generate(model, call).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw mapError(error, id);
      });
      const { answer, reason, usage } = answered;
      if (reason === "length") {
        throw new ModelError(`"${id}" did not end its answer within its token limit.`, {
          model: id,
          problem: "cut",
          answer,
        });
      }
      if (reason === "interrupted" || reason === "error") {
        throw new ModelError(`"${id}" stopped in the middle of its answer.`, {
          model: id,
          problem: "unreachable",
          answer,
        });
      }
      assertWholePrompt(messages, usage.inputTokens, id);
      return { object: parseAnswer(answer, id), usage };
    },
  };
}

interface Answered extends Pick<GenerateResult, "usage"> {
  readonly answer: string;
  readonly reason: string;
}

/** The versions of the interface report token counts and finish reasons in different ways. */
async function generate(model: AiSdkLanguageModel, call: LanguageModelV4CallOptions): Promise<Answered> {
  // Every version accepts the options that are used here.
  const result = await (
    model.doGenerate as (call: LanguageModelV4CallOptions) => ReturnType<AiSdkLanguageModel["doGenerate"]>
  )(call);
  const { content, finishReason, usage } = result;
  const count = (tokens: number | undefined | { readonly total: number | undefined }) =>
    (typeof tokens === "object" ? tokens.total : tokens) ?? 0;
  const chosen = "structuredOutputText" in result ? result.structuredOutputText : undefined;
  return {
    answer: chosen ?? content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    reason: typeof finishReason === "string" ? finishReason : finishReason.unified,
    usage: { inputTokens: count(usage.inputTokens), outputTokens: count(usage.outputTokens) },
  };
}

function toPromptPart({ role, content }: PromptMessage): LanguageModelV4CallOptions["prompt"][number] {
  return role === "system" ? { role, content } : { role, content: [{ type: "text", text: content }] };
}
