import {
  ollama as backend,
  findServer,
  type OwnServer,
  type Server,
  startOllama,
  testModels,
} from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { runEmbedderConformance, runLanguageModelConformance } from "@loci/conformance";
import { httpProxy } from "@loci/conformance/proxy";
import { inMemory, Memory, ModelError } from "@loci/core";
import { languageModelReranker } from "@loci/core/model";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type OllamaModelOptions, ollama } from "./index.ts";

const schema = {
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
};
const prompt = [{ role: "user", content: "Hello" }] as const;
const document = { purpose: "document" } as const;
const nowhere = "http://127.0.0.1:9";
const similarity = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0) ?? Number.NaN;

afterEach(() => vi.unstubAllEnvs());

describe("ollama", () => {
  it("refuses bad options before any I/O", () => {
    for (const make of [
      () => ollama(""),
      () => ollama.embedder(7 as never),
      () => ollama("m", { host: "http://" }),
      () => ollama("m", { contextTokens: 0 }),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("says how to start the server where there is none", async () => {
    const failure = { code: "MODEL_FAILED", problem: "unreachable", retryable: true };
    const message = expect.stringContaining("ollama serve");
    await expect(ollama("m", { host: nowhere }).describe()).rejects.toMatchObject({ ...failure, message });
    await expect(ollama.embedder("m", { host: nowhere }).embed(["x"], document)).rejects.toMatchObject(
      failure,
    );
    vi.stubEnv("OLLAMA_HOST", "127.0.0.1:9");
    await expect(ollama("m").describe()).rejects.toThrow("http://127.0.0.1:9");
    vi.stubEnv("OLLAMA_HOST", "0.0.0.0:9");
    await expect(ollama("m").describe()).rejects.toThrow("http://127.0.0.1:9");
  });
});

describeBackend(backend, "ollama on a real server", () => {
  let server: Server;
  let host: string;
  beforeAll(async () => {
    server = await findServer(backend);
    host = server.url;
  });
  afterAll(() => server.stop());

  it("passes every case of the conformance suite for embedders", async () => {
    const embedder = ollama.embedder(testModels.embedder, { host });
    const results = await runEmbedderConformance({ name: "MiniLM", embedder, tooLong: "word ".repeat(600) });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("passes every case of the conformance suite for language models", async () => {
    const results = await runLanguageModelConformance({
      name: "tiny",
      model: ollama(testModels.chat, { host }),
      truncating: ollama(testModels.endless, { host }),
      unreachable: ollama(testModels.chat, { host: nowhere }),
      missing: ollama("no-such-model", { host }),
      tooLong: "hello ".repeat(4000),
    });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("is a reranker, whatever a model without sense answers", async () => {
    const reranker = languageModelReranker(ollama(testModels.chat, { host }));
    const texts = ["I live in Berlin", "My cat is called Tom", "Noodles are my favourite"];
    for (const query of ["Where do I live?", "What is my cat's name?"]) {
      const answer = await reranker.rerank(query, texts, {}).catch((error: unknown) => error);
      if (ModelError.isInstance(answer)) expect(["invalid-answer", "cut"]).toContain(answer.problem);
      else expect((answer as readonly number[]).filter(Number.isFinite)).toHaveLength(texts.length);
    }
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(reranker.rerank("q", texts, { signal })).rejects.toThrow("enough");
  });

  it("describes the embedder by what the server knows of it", async () => {
    const embedder = ollama.embedder(testModels.embedder, { host });
    expect(await embedder.describe()).toEqual({
      id: `ollama/${testModels.embedder}`,
      dimensions: 384,
      details: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), accents: "stripped" },
    });
    const narrow = ollama.embedder(testModels.embedder, { host, dimensions: 64, prefixes: { query: "q: " } });
    expect(await narrow.describe()).toMatchObject({
      dimensions: 64,
      details: { "dimensions asked for": "64", "query prefix": "q: " },
    });
    expect((await narrow.embed(["x"], document))[0]).toHaveLength(64);
  });

  it("finds accented words, which the server alone takes for unknown ones", async () => {
    const texts = ["Das Büro liegt in Zürich", "Die Büros sind in Zurich", "L'été dernier à la plage"];
    const [a, b, c] = await ollama.embedder(testModels.embedder, { host }).embed(texts, document);
    expect(similarity(a, b)).toBeGreaterThan(0.8);
    expect(similarity(a, b)).toBeGreaterThan(similarity(a, c) + 0.3);
    const words = ["résumé", "zürich"];
    const [d, e] = await ollama
      .embedder(testModels.embedder, { host, accents: "keep" })
      .embed(words, document);
    expect(similarity(d, e)).toBeGreaterThan(0.999);
  });

  it("puts a prefix before documents and queries", async () => {
    const prefixes = { document: "passage: ", query: "query: " };
    const plain = ollama.embedder(testModels.embedder, { host });
    const prefixed = ollama.embedder(testModels.embedder, { host, prefixes });
    for (const purpose of ["document", "query"] as const) {
      const [expected] = await plain.embed([`${prefixes[purpose]}cats`], { purpose });
      const [vector] = await prefixed.embed(["cats"], { purpose });
      expect(similarity(vector, expected)).toBeCloseTo(1, 4);
    }
  });

  it("lets every part of a long text count, or refuses it, as it is told", async () => {
    const filler = "The weather report says that it will be neither warm nor cold. ".repeat(60);
    const split: string[] = [];
    const embedder = ollama.embedder(testModels.embedder, { host, onSplit: (text) => split.push(text) });
    const [whole, without, short] = await embedder.embed(
      [`${filler} Zebras eat grass in the savanna. ${filler}`, `${filler} ${filler}`, "zebras"],
      document,
    );
    expect(similarity(whole, short)).toBeGreaterThan(similarity(without, short) + 0.01);
    // Each was parted in two, and some of the parts once more.
    expect(split.length).toBeGreaterThanOrEqual(2);
    expect(split).not.toContain("zebras");
    const strict = ollama.embedder(testModels.embedder, { host, longTexts: "refuse" });
    await expect(strict.embed(["fine", filler], document)).rejects.toMatchObject({
      code: "MODEL_FAILED",
      problem: "too-long",
      retryable: false,
    });
  });

  it("refuses a model that cannot do what is wanted of it, and says what to take", async () => {
    const unsupported = { code: "MODEL_FAILED", problem: "unsupported", retryable: false };
    const chat = ollama(testModels.embedder, { host });
    await expect(chat.generate({ messages: prompt, schema })).rejects.toMatchObject({
      ...unsupported,
      message: expect.stringContaining("qwen3"),
    });
    await expect(ollama.embedder(testModels.chat, { host }).embed(["x"], document)).rejects.toMatchObject({
      ...unsupported,
      message: expect.stringContaining("nomic-embed-text"),
    });
  });

  it("says how to get a model that is missing", async () => {
    const missing = { problem: "missing", message: expect.stringContaining("ollama pull nope") };
    await expect(ollama("nope", { host }).generate({ messages: prompt, schema })).rejects.toMatchObject(
      missing,
    );
    await expect(ollama.embedder("nope", { host }).embed(["x"], document)).rejects.toMatchObject(missing);
  });

  it("asks for the context that it counts with, and for nothing to be cut", async () => {
    const proxy = await httpProxy(host);
    const model = ollama(testModels.chat, { host: proxy.url, contextTokens: 2048 });
    expect(await model.describe()).toEqual({ contextTokens: 2048 });
    const requests = await proxy.tap(() =>
      model.generate({ messages: prompt, schema, maxOutputTokens: 500 }),
    );
    await proxy.close();
    const request = requests.find((line) => line.includes("/api/chat")) ?? "";
    const chat = JSON.parse(request.slice(request.indexOf("{")));
    expect(chat).toMatchObject({
      truncate: false,
      shift: false,
      format: schema,
      options: { num_ctx: 2048, num_predict: 500, temperature: 0 },
    });
    const { models } = (await (await fetch(`${host}/api/ps`)).json()) as {
      models: readonly { model: string; context_length: number }[];
    };
    expect(models.find(({ model }) => model.startsWith(testModels.chat))?.context_length).toBe(2048);
    // What its own file says, else 4,096, and no more than the model has.
    expect(await ollama(testModels.chat, { host }).describe()).toEqual({ contextTokens: 16_384 });
    expect(await ollama(testModels.endless, { host }).describe()).toEqual({ contextTokens: 4096 });
    expect(await ollama(testModels.chat, { host, contextTokens: 10_000_000 }).describe()).toEqual({
      contextTokens: 32_768,
    });
  });

  it("says that an answer was cut, with what there is of it", async () => {
    const cut = { problem: "cut", retryable: false, answer: expect.stringContaining("{") };
    const random = ollama(testModels.endless, { host, temperature: 0.8 });
    for (const limit of [{ maxOutputTokens: 40 }, {}]) {
      await expect(random.generate({ messages: prompt, schema, ...limit })).rejects.toMatchObject({
        ...cut,
        message: expect.stringContaining(`within ${limit.maxOutputTokens ?? 4096} tokens`),
      });
    }
    // The likeliest letter, again and again.
    const greedy = ollama(testModels.endless, { host });
    await expect(greedy.generate({ messages: prompt, schema })).rejects.toMatchObject({
      ...cut,
      message: expect.stringContaining("repeated itself"),
    });
  });

  it("lists what the server has", async () => {
    expect(await ollama.installed({ host })).toEqual(
      expect.arrayContaining([
        { model: `${testModels.embedder}:latest`, kind: "embedder", bytes: expect.any(Number) },
        { model: `${testModels.chat}:latest`, kind: "language model", bytes: expect.any(Number) },
      ]),
    );
    await expect(ollama.installed({ host: nowhere })).rejects.toMatchObject({ problem: "unreachable" });
  });

  it("unloads a model that is not to be kept", async () => {
    await ollama(testModels.chat, { host, keepAlive: 0 }).generate({ messages: prompt, schema });
    await vi.waitFor(async () => {
      const loaded = await (await fetch(`${host}/api/ps`)).text();
      expect(loaded).not.toContain(testModels.chat);
    });
  });

  it("remembers and finds with real models", async () => {
    const memory = new Memory({
      store: inMemory(),
      embedder: ollama.embedder(testModels.embedder, { host }),
      languageModel: ollama(testModels.chat, { host, temperature: 0.8 }),
    });
    const alice = { orgId: "acme", userId: "alice" };
    await memory.add(
      [
        "My kitten is called Momo",
        "The invoice is due on Friday",
        "Wir treffen uns in München",
        "我住在上海",
      ],
      { ...alice, infer: false },
    );
    for (const [query, expected] of [
      ["which pet does she have?", "My kitten is called Momo"],
      ["when do they have to pay?", "The invoice is due on Friday"],
      ["Munich meeting", "Wir treffen uns in München"],
    ] as const)
      expect((await memory.search(query, alice))[0]?.text).toBe(expected);
    // The tiny model writes random words in the shape that is asked for: data like any other.
    for (let round = 0; round < 5; round++) {
      const { results, extraction } = await memory.add(`Round ${round}: I like tea`, {
        ...alice,
        onExtractionFailure: "store-raw",
      });
      expect(extraction?.inputTokens).toBeGreaterThan(1000);
      for (const { id, status } of results) {
        const item = await memory.get(id, alice);
        expect(item?.scope).toEqual(alice);
        if (status === "added" && !extraction?.failure)
          expect(item?.inferredBy).toBe(`ollama/${testModels.chat} prompt-2`);
      }
    }
  });
});

describeBackend(backend, "ollama on a server in trouble", () => {
  let server: OwnServer;
  let host: string;
  let endless: OllamaModelOptions;
  beforeAll(async () => {
    server = await startOllama({ OLLAMA_MAX_QUEUE: "1", OLLAMA_NUM_PARALLEL: "1" });
    host = server.url;
    endless = { host, contextTokens: 32_768, temperature: 0.8 };
  });
  afterAll(() => server.stop());

  it("lets go of a call that is aborted, and the server answers the next one", async () => {
    const model = ollama(testModels.endless, endless);
    const few = { messages: prompt, schema, maxOutputTokens: 5 };
    // Whoever aborts while a model is loaded waits in the queue until it is.
    await expect(model.generate(few)).rejects.toMatchObject({ problem: "cut" });
    // It takes a second to read this. (Where the model answers already, and as fast as this one does, an abort can
    // meet Ollama 0.17.4 in a moment in which it never serves the model again.)
    const long = [{ role: "user", content: "x".repeat(15_000) }] as const;
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const running = model.generate({ messages: long, schema, signal: controller.signal });
      setTimeout(() => controller.abort(new Error("enough")), 100);
      await expect(running).rejects.toThrow("enough");
    }
    await expect(model.generate(few)).rejects.toMatchObject({ problem: "cut" });
  });

  it("says that a server is busy, and gets its answers when the memory waits", async () => {
    // Another context, so that the model is loaded again: until it is, requests are queued.
    const busy = ollama(testModels.endless, { ...endless, contextTokens: 8192 });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () =>
        busy
          .generate({ messages: prompt, schema, maxOutputTokens: 3000 })
          .catch(({ problem, retryable }) => `${problem} ${retryable}`),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set(["cut false", "overloaded true"]));
    const memory = new Memory({
      store: inMemory(),
      languageModel: ollama(testModels.chat, { host }),
    });
    const onExtractionFailure = "store-raw";
    const added = await Promise.all(
      ["a", "b", "c", "d"].map((userId) =>
        memory.add("I like tea", { orgId: "acme", userId, onExtractionFailure }),
      ),
    );
    // The tiny model answers at random, which may be of no use. But it answers.
    for (const { extraction } of added) {
      const { problem = "invalid-answer" } = (extraction?.failure?.cause ?? {}) as { problem?: string };
      expect(problem).toBe("invalid-answer");
    }
  });

  it("says that a server died in the middle of its answer, and goes on when it is back", async () => {
    const model = ollama(testModels.endless, endless);
    const running = model.generate({ messages: prompt, schema });
    setTimeout(() => server.crash(), 300);
    await expect(running).rejects.toMatchObject({ problem: "unreachable", retryable: true });
    const embedder = ollama.embedder(testModels.embedder, { host });
    await expect(embedder.embed(["x"], document)).rejects.toMatchObject({ problem: "unreachable" });
    await server.restart();
    expect(await embedder.embed(["x"], document)).toHaveLength(1);
  });

  it("notices at open that a model is another one under the same name", async () => {
    const store = inMemory();
    const scope = { orgId: "acme" };
    const create = async (parameters: object) => {
      const body = JSON.stringify({ model: "renewed", from: testModels.embedder, parameters, stream: false });
      expect((await fetch(`${host}/api/create`, { method: "POST", body })).ok).toBe(true);
    };
    const open = () => new Memory({ store, embedder: ollama.embedder("renewed", { host }) });
    await create({ num_thread: 1 });
    await open().add("hello", scope);
    expect(await open().search("hello", scope)).toHaveLength(1);
    await create({ num_thread: 1, num_batch: 256 });
    await expect(open().search("hello", scope)).rejects.toMatchObject({
      code: "EMBEDDER_MISMATCH",
      message: expect.stringMatching(/its digest was .* and is .*configure embedder .* again/),
    });
  });
});
