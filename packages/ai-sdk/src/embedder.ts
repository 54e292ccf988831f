import type { EmbeddingModelV4CallOptions, EmbeddingModelV4Result } from "@ai-sdk/provider";
import { InvalidInputError } from "@loci/core";
import { assertOptions, defineEmbedder, detectTruncation, type Embedder, normalized } from "@loci/core/model";
import { mapError } from "./map-error.ts";
import type { AiSdkEmbedderOptions, AiSdkEmbeddingModel } from "./options.ts";

const optionNames = Object.keys({
  providerOptions: true,
  prefixes: true,
  longTexts: true,
  onSplit: true,
  accents: true,
  maxBatch: true,
  maxConcurrency: true,
} satisfies Record<keyof AiSdkEmbedderOptions, true>);

export function aiSdkEmbedder(model: AiSdkEmbeddingModel, options: AiSdkEmbedderOptions): Embedder {
  assertOptions(options, optionNames, "aiSdk.embedder(model, options)");
  if (typeof model?.doEmbed !== "function") {
    throw new InvalidInputError(
      "doGenerate" in Object(model)
        ? "This is a language model of the AI SDK: give it to aiSdk(model), and an embedding model to aiSdk.embedder."
        : "An embedding model of the AI SDK is missing: give a provider's model, not its name.",
      { path: "model" },
    );
  }
  const { providerOptions } = options;
  const id = `${model.provider}/${model.modelId}`;
  // Every version accepts the options that are used here.
  const doEmbed = model.doEmbed.bind(model) as (
    call: EmbeddingModelV4CallOptions,
  ) => PromiseLike<Pick<EmbeddingModelV4Result, "embeddings" | "usage">>;

  const embed = async (texts: readonly string[], signal: AbortSignal | undefined) => {
    const most = Math.max(1, (await model.maxEmbeddingsPerCall) ?? texts.length);
    const vectors: Float32Array[] = [];
    let tokens: number | undefined = 0;
    for (let start = 0; start < texts.length; start += most) {
      signal?.throwIfAborted();
      const { embeddings, usage } = await doEmbed({
        values: texts.slice(start, start + most),
        ...(providerOptions ? { providerOptions } : {}),
        ...(signal ? { abortSignal: signal } : {}),
      });
      vectors.push(...embeddings.map((embedding) => normalized(embedding)));
      tokens = usage?.tokens && tokens !== undefined ? tokens + usage.tokens : undefined;
    }
    return { vectors, ...(tokens === undefined ? {} : { tokens }) };
  };
  const embedWhole = detectTruncation(id, async (texts, signal) => {
    try {
      return await embed(texts, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw mapError(error, id);
    }
  });

  return defineEmbedder(
    {
      id,
      model: model.modelId,
      maxBatch: 64,
      maxConcurrency: model.supportsParallelCalls === false ? 1 : 4,
      describe: async () => ({}),
      embed: (texts, { signal }) => embedWhole(texts, signal),
    },
    options,
  );
}
