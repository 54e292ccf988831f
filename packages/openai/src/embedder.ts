import {
  type CountedVectors,
  defineEmbedder,
  detectTruncation,
  type Embedder,
  normalized,
} from "@loci/core/model";
import { Connection } from "./connection.ts";
import type { OpenAIEmbedderOptions } from "./options.ts";

export function openaiEmbedder(model: string, options: OpenAIEmbedderOptions): Embedder {
  const connection = new Connection(model, options);
  const { dimensions } = options;

  const embed = async (
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<CountedVectors> => {
    const { data, usage } = await connection.request(signal, (client, request) =>
      client.embeddings.create(
        { model, input: [...texts], ...(dimensions === undefined ? {} : { dimensions }) },
        request,
      ),
    );
    const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => normalized(embedding));
    return { vectors, ...(usage?.prompt_tokens ? { tokens: usage.prompt_tokens } : {}) };
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
