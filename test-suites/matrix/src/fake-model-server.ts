import { once } from "node:events";
import { createServer } from "node:http";
import { letterEmbedder } from "@loci/conformance";
import type { Embedder, LanguageModel } from "@loci/core";

/** A fake model server: it counts letters and extracts no facts, so that what is sent to models can be listened to. */
export async function fakeModelServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const texts = JSON.parse(Buffer.concat(chunks).toString()) as readonly string[];
    const vectors = await letterEmbedder.embed(texts, { purpose: "document" });
    const answer =
      request.url === "/embed" ? vectors.map((vector) => [...vector]) : { facts: [], removes: [] };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("This machine gives no free port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function ask(url: string, path: string, texts: readonly string[]): Promise<unknown> {
  const response = await fetch(new URL(path, url), { method: "POST", body: JSON.stringify(texts) });
  return response.json();
}

/** Asks such a server for vectors. */
export function fakeServedEmbedder(url: string, id: string): Embedder {
  return {
    specVersion: 1,
    id,
    maxBatch: 16,
    describe: async () => ({ ...(await letterEmbedder.describe()), id }),
    embed: async (texts) =>
      ((await ask(url, "/embed", texts)) as number[][]).map((counts) => Float32Array.from(counts)),
  };
}

/** Asks such a server for facts. */
export function fakeServedModel(url: string): LanguageModel {
  return {
    specVersion: 1,
    id: "fake-served",
    describe: async () => ({ contextTokens: 4096 }),
    async generate({ messages }) {
      const object = await ask(
        url,
        "/generate",
        messages.map(({ content }) => content),
      );
      return { object, usage: { inputTokens: 1, outputTokens: 1 } };
    },
  };
}
