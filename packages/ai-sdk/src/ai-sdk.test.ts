import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ollama as backend, findServer, type Server, testModels } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { runEmbedderConformance, runLanguageModelConformance } from "@loci/conformance";
import { inMemory, Memory } from "@loci/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AiSdkLanguageModel, aiSdk } from "./index.ts";

const schema = {
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
};
const prompt = [{ role: "user", content: "Hello" }] as const;
const document = { purpose: "document" } as const;
const provider = (url: string) =>
  createOpenAICompatible({ name: "ollama", baseURL: `${url}/v1`, supportsStructuredOutputs: true });

describe("aiSdk", () => {
  it("refuses a name where a model is wanted, before any I/O", () => {
    for (const make of [
      () => aiSdk("openai/gpt-5" as never),
      () => aiSdk.embedder("openai/text-embedding-3-small" as never),
      () => aiSdk({ doGenerate: () => {} } as never, { contextTokens: 0 }),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("says where a model of the other kind belongs", () => {
    expect(() => aiSdk({ doEmbed: () => {} } as never)).toThrow(/give it to aiSdk\.embedder\(model\)/);
    expect(() => aiSdk.embedder({ doGenerate: () => {} } as never)).toThrow(/give it to aiSdk\(model\)/);
  });

  it.each([
    ["v2", "stop", { inputTokens: 7, outputTokens: 3, totalTokens: 10 }],
    ["v3", { unified: "stop", raw: "stop" }, { inputTokens: { total: 7 }, outputTokens: { total: 3 } }],
    ["v4", { unified: "stop", raw: "stop" }, { inputTokens: { total: 7 }, outputTokens: { total: 3 } }],
  ])(
    "reads what a fake model of specification %s answers",
    async (specificationVersion, finishReason, usage) => {
      const fake = (reason: unknown, text: string) =>
        ({
          specificationVersion,
          provider: "fake",
          modelId: "m",
          supportedUrls: {},
          doGenerate: async () => ({
            content: [
              { type: "reasoning", text: "{}" },
              { type: "text", text },
            ],
            finishReason: reason,
            usage,
            warnings: [],
          }),
        }) as unknown as AiSdkLanguageModel;
      const model = aiSdk(fake(finishReason, 'Here: {"answer": "yes"}'));
      expect(await model.generate({ messages: prompt, schema })).toEqual({
        object: { answer: "yes" },
        usage: { inputTokens: 7, outputTokens: 3 },
      });
      const cut = typeof finishReason === "string" ? "length" : { unified: "length", raw: "length" };
      await expect(
        aiSdk(fake(cut, '{"answer": "')).generate({ messages: prompt, schema }),
      ).rejects.toMatchObject({ problem: "cut", answer: '{"answer": "' });
    },
  );
});

describeBackend(backend, "aiSdk on a real Ollama", () => {
  let server: Server;
  let ollama: ReturnType<typeof provider>;
  beforeAll(async () => {
    server = await findServer(backend);
    ollama = provider(server.url);
  });
  afterAll(() => server.stop());

  it("passes every case of the conformance suite for embedders", async () => {
    const embedder = aiSdk.embedder(ollama.embeddingModel(testModels.embedder));
    const results = await runEmbedderConformance({ name: "MiniLM", embedder, tooLong: "word ".repeat(600) });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("passes every case of the conformance suite for language models", async () => {
    const endless = aiSdk(ollama(testModels.endless));
    const results = await runLanguageModelConformance({
      name: "tiny",
      model: aiSdk(ollama(testModels.chat)),
      truncating: {
        ...endless,
        generate: (request) => endless.generate({ ...request, maxOutputTokens: 50 }),
      },
      unreachable: aiSdk(provider("http://127.0.0.1:9")(testModels.chat)),
      missing: aiSdk(ollama("no-such-model")),
      tooLong: "hello ".repeat(4000),
    });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("refuses a long text on a server that cuts it silently, when it is told to", async () => {
    const strict = aiSdk.embedder(ollama.embeddingModel(testModels.embedder), { longTexts: "refuse" });
    await expect(strict.embed(["word ".repeat(1000)], document)).rejects.toMatchObject({
      problem: "too-long",
    });
    const embedder = aiSdk.embedder(ollama.embeddingModel("no-such-model"));
    await expect(embedder.embed(["x"], document)).rejects.toMatchObject({ problem: "missing" });
  });

  it("remembers and finds", async () => {
    const embedder = aiSdk.embedder(ollama.embeddingModel(testModels.embedder));
    expect(await embedder.describe()).toMatchObject({
      id: `ollama.embedding/${testModels.embedder}`,
      dimensions: 384,
    });
    const memory = new Memory({ store: inMemory(), embedder });
    await memory.add(["My kitten is called Momo", "The invoice is due on Friday"], { orgId: "acme" });
    expect((await memory.search("which pet?", { orgId: "acme" }))[0]?.text).toBe("My kitten is called Momo");
  });
});
