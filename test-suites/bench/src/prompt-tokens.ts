import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inMemory, type LanguageModel, Memory } from "@loci/core";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { installPeer } from "./peers.ts";
import { type Figure, ratioFigure, type Section } from "./report.ts";

const conversation = [
  {
    role: "user",
    content: "Hi! I moved from Hamburg to Berlin last May, and started at a small solar company.",
  },
  { role: "assistant", content: "How exciting! What do you do there?" },
  {
    role: "user",
    content: "I lead procurement. By the way, I am vegetarian now, and our cat Momo came along.",
  },
  { role: "assistant", content: "Noted. Shall I look for vegetarian restaurants near your office?" },
  { role: "user", content: "Yes please, but nothing with peanuts, my colleague Jonas is allergic to them." },
] as const;
const known = [
  "Lives in Hamburg",
  "Works as a buyer for a shipping company",
  "Has a cat",
  "Likes Italian food",
];
/** An answer that every memory takes for "nothing to do". */
const nothing = { facts: [], removes: [], memory: [] };

interface Asked {
  readonly calls: number;
  readonly tokens: number;
}

/** How many calls of the language model one `add` takes, and of how many tokens, beside a peer's for the same conversation. */
export async function benchPrompt(folder: string): Promise<Section> {
  const spoken = countTokens(conversation.map(({ content }) => content).join("\n"));
  const ours = await askLoci();
  const theirs = await askMem0(folder);
  const figure = (name: string, { calls, tokens }: Asked): Figure => ({
    name,
    value: `${calls} ${calls === 1 ? "call" : "calls"}, ${tokens} tokens, ${tokens - spoken} beside what was said`,
  });
  return {
    title: `What one add of ${conversation.length} messages (${spoken} tokens) sends to the language model, four memories known`,
    figures: [
      figure("Loci, prompt and schema", ours),
      figure("mem0ai 3.3.1", theirs),
      ratioFigure("Loci to mem0ai", ours.tokens / theirs.tokens, "at most", 0.5),
    ],
  };
}

async function askLoci(): Promise<Asked> {
  let calls = 0;
  let tokens = 0;
  const languageModel: LanguageModel = {
    specVersion: 1,
    id: "fake-counting",
    describe: async () => ({ contextTokens: 4096 }),
    async generate({ messages, schema }) {
      calls += 1;
      tokens += countTokens(messages.map(({ content }) => content).join("\n"));
      tokens += countTokens(JSON.stringify(schema));
      return { object: nothing, usage: { inputTokens: 0, outputTokens: 0 } };
    },
  };
  const memory = new Memory({ store: inMemory(), languageModel });
  await memory.add(known, { orgId: "acme", infer: false });
  await memory.add(conversation, { orgId: "acme" });
  return { calls, tokens };
}

interface Mem0 {
  add(messages: readonly object[] | string, options: object): Promise<unknown>;
}

/** Runs the peer's own `add` on a fake server that counts. */
async function askMem0(scratch: string): Promise<Asked> {
  let calls = 0;
  let tokens = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { input, messages = [] } = JSON.parse(Buffer.concat(chunks).toString() || "{}") as {
      input?: string | readonly string[];
      messages?: readonly { content: string }[];
    };
    response.setHeader("content-type", "application/json");
    if (request.url?.includes("embeddings")) {
      const data = [input ?? []].flat().map((_, index) => ({ index, embedding: new Array(384).fill(0.05) }));
      response.end(JSON.stringify({ data, usage: { prompt_tokens: 1 } }));
      return;
    }
    calls += 1;
    tokens += countTokens(messages.map(({ content }) => content).join("\n"));
    const message = { role: "assistant", content: JSON.stringify(nothing) };
    response.end(JSON.stringify({ choices: [{ index: 0, finish_reason: "stop", message }], usage: {} }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const folder = installPeer("mem0ai", { mem0ai: "3.3.1" });
  process.env.MEM0_TELEMETRY = "false";
  const entry = pathToFileURL(join(folder, "node_modules/mem0ai/dist/oss/index.mjs")).href;
  const { Memory: Mem0Memory } = (await import(entry)) as { Memory: new (config: object) => Mem0 };
  const config = { apiKey: "none", baseURL, url: baseURL, model: "fake-counting" };
  const memory = new Mem0Memory({
    embedder: { provider: "openai", config: { ...config, embeddingDims: 384 } },
    vectorStore: {
      provider: "memory",
      config: { collectionName: "prompt", dimension: 384, dbPath: join(scratch, "prompt.db") },
    },
    llm: { provider: "openai", config },
    disableHistory: true,
  });
  for (const text of known) await memory.add(text, { userId: "alice", infer: false });
  await memory.add(conversation, { userId: "alice" });
  server.closeAllConnections();
  server.close();
  return { calls, tokens };
}
