import { assertOptions, defineEmbedder, detectTruncation, type Embedder, normalized } from "@loci/core/model";
import { Connection } from "./connection.ts";
import type { OpenAIEmbedderOptions } from "./options.ts";

const optionNames = Object.keys({
  baseURL: true,
  apiKey: true,
  client: true,
  dimensions: true,
  prefixes: true,
  longTexts: true,
  onSplit: true,
  accents: true,
  maxBatch: true,
  maxConcurrency: true,
} satisfies Record<keyof OpenAIEmbedderOptions, true>);

export function openaiEmbedder(model: string, options: OpenAIEmbedderOptions): Embedder {
  assertOptions(options, optionNames, "openai.embedder(model, options)");
  const connection = new Connection(model, options);
  const { dimensions } = options;

  const embed = async (texts: readonly string[], signal: AbortSignal | undefined) => {
    return connection.request(signal, async (client, request) => {
      const { data, usage } = await client.embeddings.create(
        { model, input: [...texts], ...(dimensions === undefined ? {} : { dimensions }) },
        request,
      );
      const inOrder = data.toSorted((a, b) => a.index - b.index);
      if (
        inOrder.some(({ index = 0 }, at) => index !== at) &&
        inOrder.some(({ index }) => index !== undefined)
      )
        throw new Error("its vectors are not numbered from 0");
      const tokens = usage?.prompt_tokens;
      return {
        vectors: inOrder.map(({ embedding }) => normalized(embedding)),
        ...(typeof tokens === "number" && tokens > 0 ? { tokens } : {}),
      };
    });
  };
  const embedWhole = detectTruncation(connection.id, embed);

  return defineEmbedder(
    {
      id: connection.id,
      model,
      // OpenAI accepts 2,048 texts and 300,000 tokens in one request.
      maxBatch: 128,
      maxConcurrency: 4,
      describe: async () => ({
        ...(dimensions === undefined
          ? {}
          : { dimensions, details: { "dimensions asked for": String(dimensions) } }),
      }),
      async embed(texts, { signal }) {
        return connection.isOpenAI ? (await embed(texts, signal)).vectors : embedWhole(texts, signal);
      },
    },
    options,
  );
}
