import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ollama as backend, findServer, type Server, testModels } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { runEmbedderConformance, runLanguageModelConformance } from "@loci/conformance";
import { inMemory, Memory } from "@loci/core";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { openai } from "./index.ts";

const schema = {
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
};
const prompt = [{ role: "user", content: "Hello" }] as const;
const document = { purpose: "document" } as const;
const nowhere = { baseURL: "http://127.0.0.1:9/v1" };

afterEach(() => vi.unstubAllEnvs());

/** A fake server, for what no real one here does: it answers by script, and remembers what it was asked. */
async function fakeServer(answer: (body: Record<string, unknown>, response: ServerResponse) => void) {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    bodies.push(body);
    response.setHeader("content-type", "application/json");
    answer(body, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

const completion = (content: string, more: object = {}) =>
  JSON.stringify({
    choices: [{ index: 0, message: { role: "assistant", content, ...more }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1200, completion_tokens: 5 },
  });

describe("openai", () => {
  it("refuses bad options before any I/O", () => {
    for (const make of [
      () => openai(""),
      () => openai.embedder(" "),
      () => openai("m", { contextTokens: 1.5 }),
      () => openai("m", { ...nowhere, client: new OpenAI({ apiKey: "x" }) }),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("says that the key is missing, and that a server is", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    vi.stubEnv("OPENAI_BASE_URL", "");
    await expect(openai("gpt-5").generate({ messages: prompt, schema })).rejects.toMatchObject({
      code: "MODEL_FAILED",
      problem: "refused",
      message: expect.stringContaining("OPENAI_API_KEY"),
    });
    await expect(openai.embedder("m", nowhere).embed(["x"], document)).rejects.toMatchObject({
      problem: "unreachable",
      retryable: true,
      message: expect.stringContaining("127.0.0.1:9"),
    });
  });

  it("knows the context of OpenAI's own models, and takes little of others", async () => {
    const contexts = [
      openai("gpt-5", { apiKey: "x" }),
      openai("m", nowhere),
      openai("m", { ...nowhere, contextTokens: 99 }),
    ];
    expect(await Promise.all(contexts.map((model) => model.describe()))).toEqual([
      { contextTokens: 128_000 },
      { contextTokens: 4096 },
      { contextTokens: 99 },
    ]);
  });

  it("waits as long as a fake server asks to, and gives up when the quota is used up", async () => {
    let asked = 0;
    const busy = await fakeServer((_, response) => {
      asked += 1;
      if (asked > 1) response.end(completion('{"facts": [], "removes": []}'));
      else response.writeHead(429, { "retry-after-ms": "1500" }).end('{"error": {"message": "slow down"}}');
    });
    const memory = new Memory({ store: inMemory(), languageModel: openai("m", { baseURL: busy.baseURL }) });
    const start = performance.now();
    await memory.add("hello", { orgId: "acme" });
    expect(asked).toBe(2);
    expect(performance.now() - start).toBeGreaterThanOrEqual(1500);
    const poor = await fakeServer((_, response) =>
      response.writeHead(429).end('{"error": {"message": "pay", "code": "insufficient_quota"}}'),
    );
    await expect(
      openai("m", { baseURL: poor.baseURL }).generate({ messages: prompt, schema }),
    ).rejects.toMatchObject({
      problem: "overloaded",
      retryable: false,
    });
  });

  it("asks a fake server that knows no schemas in words, once it has said so", async () => {
    const old = await fakeServer(({ response_format: format }, response) => {
      if (format) response.writeHead(400).end('{"error": {"message": "unknown field response_format"}}');
      else response.end(completion('<think>hm {}</think>```json\n{"answer": "yes"}\n```'));
    });
    const model = openai("m", { baseURL: old.baseURL });
    for (let round = 0; round < 2; round++)
      expect((await model.generate({ messages: prompt, schema })).object).toEqual({ answer: "yes" });
    expect(old.bodies.map((body) => (body.response_format as { type?: string } | undefined)?.type)).toEqual([
      "json_schema",
      "json_object",
      undefined,
      undefined,
    ]);
    expect(JSON.stringify(old.bodies.at(-1))).toContain("one JSON object of this schema");
  });

  it("names what a fake server refuses", async () => {
    for (const [status, body, problem] of [
      [401, '{"error": {"message": "bad key"}}', "refused"],
      [400, `{"error": {"message": "This model's maximum context length is 8192 tokens"}}`, "too-long"],
      [400, '{"error": {"message": "nonsense"}}', "failed"],
      [500, '{"error": {"message": "oops"}}', "failed"],
      [200, completion("", { refusal: "I will not" }), "invalid-answer"],
    ] as const) {
      const server = await fakeServer((_, response) => response.writeHead(status).end(body));
      await expect(
        openai("m", { baseURL: server.baseURL }).generate({ messages: prompt, schema }),
      ).rejects.toMatchObject({
        problem,
        retryable: status === 500,
      });
    }
  });
});

describeBackend(backend, "openai on a real Ollama", () => {
  let server: Server;
  let at: { readonly baseURL: string };
  beforeAll(async () => {
    server = await findServer(backend);
    at = { baseURL: `${server.url}/v1` };
  });
  afterAll(() => server.stop());

  it("passes every case of the conformance suite for embedders", async () => {
    const embedder = openai.embedder(testModels.embedder, at);
    const results = await runEmbedderConformance({ name: "MiniLM", embedder, tooLong: "word ".repeat(600) });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("passes every case of the conformance suite for language models", async () => {
    const endless = openai(testModels.endless, at);
    const results = await runLanguageModelConformance({
      name: "tiny",
      model: openai(testModels.chat, at),
      truncating: {
        ...endless,
        generate: (request) => endless.generate({ ...request, maxOutputTokens: 50 }),
      },
      unreachable: openai(testModels.chat, nowhere),
      missing: openai("no-such-model", at),
      tooLong: "hello ".repeat(4000),
    });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("describes an embedder by what can be seen of it", async () => {
    const embedder = openai.embedder(testModels.embedder, at);
    expect(await embedder.describe()).toEqual({
      id: `openai/${testModels.embedder}`,
      dimensions: 384,
      details: { accents: "stripped" },
    });
    expect(
      (await openai.embedder(testModels.embedder, { ...at, dimensions: 64 }).describe()).dimensions,
    ).toBe(64);
  });

  it("refuses a long text on a server that cuts it silently, when it is told to", async () => {
    const raw = new OpenAI({ ...at, apiKey: "none" });
    const long = "word ".repeat(1000);
    const cut = await raw.embeddings.create({ model: testModels.embedder, input: [long] });
    expect(cut.usage.prompt_tokens).toBe(512);
    const strict = openai.embedder(testModels.embedder, { client: raw, longTexts: "refuse" });
    await expect(strict.embed([long], document)).rejects.toMatchObject({ problem: "too-long" });
    expect(await strict.embed(["word ".repeat(400)], document)).toHaveLength(1);
  });

  it("notices that the server dropped messages, when the context was said to be larger than it is", async () => {
    const messages = [{ role: "user", content: "hello ".repeat(3000) }, ...prompt] as const;
    const model = openai(testModels.chat, { ...at, contextTokens: 1_000_000 });
    await expect(model.generate({ messages, schema })).rejects.toMatchObject({
      problem: "too-long",
      message: expect.stringContaining("Set contextTokens"),
    });
  });

  it("finds accented words, and remembers with real models", async () => {
    const memory = new Memory({
      store: inMemory(),
      embedder: openai.embedder(testModels.embedder, at),
      languageModel: openai(testModels.chat, { ...at, contextTokens: 4096, temperature: 0.8 }),
    });
    await memory.add(["Wir treffen uns in Zürich", "Das Café schließt früh"], {
      orgId: "acme",
      infer: false,
    });
    expect((await memory.search("Zurich", { orgId: "acme" }))[0]?.text).toBe("Wir treffen uns in Zürich");
    // The tiny model answers at random, which may be of no use.
    const { extraction } = await memory.add("hello", { orgId: "acme", onExtractionFailure: "store-raw" });
    expect(extraction?.outputTokens).toBeGreaterThan(0);
  });
});
