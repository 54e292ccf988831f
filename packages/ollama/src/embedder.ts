import { assertOptions, defineEmbedder, type Embedder } from "@loci/core/model";
import { Connection } from "./connection.ts";
import type { OllamaEmbedderOptions } from "./options.ts";

/** A longer context takes too much RAM for the text of a memory. Longer texts are split. */
const longestContext = 8192;

const optionNames = Object.keys({
  host: true,
  headers: true,
  keepAlive: true,
  dimensions: true,
  prefixes: true,
  longTexts: true,
  onSplit: true,
  accents: true,
  maxBatch: true,
  maxConcurrency: true,
} satisfies Record<keyof OllamaEmbedderOptions, true>);

export function ollamaEmbedder(model: string, options: OllamaEmbedderOptions): Embedder {
  assertOptions(options, optionNames, "ollama.embedder(model, options)");
  const connection = new Connection(model, options);
  const { dimensions: wanted, keepAlive } = options;
  let contextTokens: number | undefined;

  return defineEmbedder(
    {
      id: connection.id,
      model,
      maxBatch: 32,
      // A local server has few processors; more requests would only queue.
      maxConcurrency: 2,
      async describe({ signal }) {
        const facts = await connection.facts("embedding", signal);
        contextTokens = facts.contextTokens && Math.min(facts.contextTokens, longestContext);
        const digest = await findDigest(connection, signal);
        const dimensions = wanted ?? facts.dimensions;
        return {
          ...(dimensions === undefined ? {} : { dimensions }),
          details: {
            ...(digest === undefined ? {} : { digest }),
            ...(wanted === undefined ? {} : { "dimensions asked for": String(wanted) }),
          },
        };
      },
      async embed(texts, { signal }) {
        return connection.request(signal, async (client) => {
          const { embeddings } = await client.embed({
            model,
            input: [...texts],
            truncate: false,
            ...(wanted === undefined ? {} : { dimensions: wanted }),
            ...(contextTokens === undefined ? {} : { options: { num_ctx: contextTokens } }),
            ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
          });
          return embeddings;
        });
      },
    },
    options,
  );
}

/** The digest of the weights. A later pull can give the tag to other weights. */
async function findDigest(
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const name = /:[^/]*$/.test(connection.model) ? connection.model : `${connection.model}:latest`;
  return connection.request(signal, async (client) => {
    const { models } = await client.list();
    return models.find((listed) => listed.model.toLowerCase() === name.toLowerCase())?.digest;
  });
}
