import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inMemory, Memory } from "@loci/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { openai } from "./index.ts";

/** A fake server of the `/rerank` endpoint: no real one is at hand here. It answers by script, and remembers what it was asked. */
async function fakeServer(answer: (body: Asked, response: ServerResponse) => void) {
  const asked: (Asked & { readonly path: string; readonly key: string | undefined })[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: Asked = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({ ...body, path: request.url ?? "", key: request.headers.authorization });
    response.setHeader("content-type", "application/json");
    answer(body, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

interface Asked {
  readonly model: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly top_n: number;
}

/** How well each text answers, for the fake server: by the place of a letter in it. */
const scoreOf = (text: string) => text.charCodeAt(0) / 200;
const best = ({ documents }: Asked) =>
  documents
    .map((text, index) => ({ index, text, relevance_score: scoreOf(text) }))
    .sort((a, b) => b.relevance_score - a.relevance_score);
const reply = (make: (body: Asked) => unknown) => (body: Asked, response: ServerResponse) =>
  void response.end(JSON.stringify(make(body)));
const score = (index: unknown, relevance_score: unknown = 0.5) => ({ index, relevance_score });

describe("a reranker of a fake server", () => {
  it.each<[string, (body: Asked) => unknown]>([
    [
      "Jina",
      (body) => ({
        model: body.model,
        object: "list",
        usage: { total_tokens: 9 },
        results: best(body).map(({ text, ...one }) => ({ ...one, document: { text } })),
      }),
    ],
    [
      "Cohere",
      (body) => ({
        id: "07734bd2",
        results: best(body).map(({ text: _, ...one }) => one),
        meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
      }),
    ],
    [
      "llama.cpp",
      (body) => ({
        model: body.model,
        object: "list",
        usage: { prompt_tokens: 9, total_tokens: 9 },
        // In the order of the documents, and beyond 0 and 1.
        results: body.documents.map((text, index) => score(index, 10 * scoreOf(text) - 5)),
      }),
    ],
    [
      "vLLM",
      (body) => ({
        id: "rerank-1",
        results: best(body).map(({ text, ...one }) => ({ ...one, document: { text, multi_modal: null } })),
      }),
    ],
    [
      "Voyage",
      (body) => ({
        object: "list",
        data: best(body).map(({ text, ...one }) => ({ ...one, document: text })),
      }),
    ],
  ])("reads what %s answers", async (_, make) => {
    const { baseURL, asked } = await fakeServer(reply(make));
    const reranker = openai.reranker("bge-reranker", { baseURL, apiKey: "secret" });
    const ratings = await reranker.rerank("which?", ["b", "d", "a", "c"], {});
    expect(
      ["b", "d", "a", "c"]
        .map((text, index) => ({ text, rating: ratings[index] ?? 0 }))
        .sort((a, b) => b.rating - a.rating)
        .map(({ text }) => text),
    ).toEqual(["d", "c", "b", "a"]);
    expect(asked).toEqual([
      {
        path: "/v1/rerank",
        key: "Bearer secret",
        model: "bge-reranker",
        query: "which?",
        documents: ["b", "d", "a", "c"],
        top_n: 4,
      },
    ]);
  });

  it.each<[string, (body: Asked, response: ServerResponse) => void]>([
    ["an empty object", reply(() => ({}))],
    ["null", reply(() => null)],
    ["null for the results", reply(() => ({ results: null }))],
    ["an index that there is not", reply(() => ({ results: [score(0), score(2)] }))],
    ["one index twice", reply(() => ({ results: [score(0), score(0)] }))],
    ["too few results", reply(() => ({ results: [score(0)] }))],
    ["no index", reply(() => ({ results: [score(undefined), score(1)] }))],
    ["an index as text", reply(() => ({ results: [score("0"), score("1")] }))],
    ["a null for a score", reply(() => ({ results: [score(0, null), score(1)] }))],
    ["a text for a score", reply(() => ({ results: [score(0, "high"), score(1)] }))],
    ["a null in the results", reply(() => ({ results: [null, score(1)] }))],
    [
      "a login page",
      (_, response) => void response.setHeader("content-type", "text/html").end("<html>login</html>"),
    ],
    ["a page that says it is JSON", (_, response) => void response.end("<html>login</html>")],
  ])("does not believe %s", async (_, answer) => {
    const { baseURL } = await fakeServer(answer);
    await expect(openai.reranker("m", { baseURL }).rerank("q", ["a", "b"], {})).rejects.toMatchObject({
      code: "MODEL_FAILED",
      problem: "invalid-answer",
      retryable: false,
    });
  });

  it.each<[string, string, boolean, (body: Asked, response: ServerResponse) => void]>([
    [
      "too many requests",
      "overloaded",
      true,
      (_, response) => void response.writeHead(429, { "retry-after": "3" }).end("{}"),
    ],
    [
      "a server that starts",
      "overloaded",
      true,
      (_, response) => void response.writeHead(503).end('{"error":{"message":"Loading model"}}'),
    ],
    ["a wrong key", "refused", false, (_, response) => void response.writeHead(401).end("{}")],
    [
      "a text that is too long",
      "too-long",
      false,
      (_, response) =>
        void response.writeHead(500).end('{"error":{"message":"input is too large to process"}}'),
    ],
    ["a body that is cut", "unreachable", true, (_, response) => void response.end('{"results": [{"ind')],
    [
      "a connection that breaks",
      "unreachable",
      true,
      (_, response) => {
        response.writeHead(200, { "content-length": "500" }).write('{"results": [');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      "no such endpoint",
      "missing",
      false,
      (_, response) => void response.writeHead(404).end("404 page not found"),
    ],
  ])("says what failed: %s", async (_, problem, retryable, answer) => {
    const { baseURL } = await fakeServer(answer);
    const failed = openai.reranker("m", { baseURL }).rerank("q", ["a", "b"], {});
    await expect(failed).rejects.toMatchObject({ code: "MODEL_FAILED", problem, retryable });
    if (problem === "missing") await expect(failed).rejects.toThrow("languageModelReranker");
  });

  it("sends the beginning of what is long, asks nothing for nothing, and ends with its signal", async () => {
    const { baseURL, asked } = await fakeServer((body, response) => {
      if (body.query !== "hang") reply(() => ({ results: [score(0)] }))(body, response);
    });
    const reranker = openai.reranker("m", { baseURL, maxCharacters: 5 });
    await reranker.rerank("a long question", ["1234😀"], {});
    expect(asked[0]).toMatchObject({ query: "a lon", documents: ["1234\ufffd"] });
    expect(await reranker.rerank("q", [], {})).toEqual([]);
    const controller = new AbortController();
    const hanging = openai.reranker("m", { baseURL }).rerank("hang", ["a"], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await expect(hanging).rejects.toThrow("enough");
    expect(asked).toHaveLength(2);
  });

  it("refuses bad options before any I/O", () => {
    for (const make of [
      () => openai.reranker(""),
      () => openai.reranker("m", { maxCharacters: 0 }),
      () => openai.reranker("m", { baseURL: "nowhere" }),
      () => openai.reranker("m", { topN: 5 } as never),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("orders what a memory finds", async () => {
    const { baseURL } = await fakeServer(reply((body) => ({ results: best(body) })));
    const memory = new Memory({ store: inMemory(), reranker: openai.reranker("m", { baseURL }) });
    const alice = { orgId: "acme", userId: "alice" };
    await memory.add(["b likes tea", "d likes tea", "a likes tea", "c likes tea"], alice);
    const found = await memory.search("tea", { ...alice, limit: 3, explain: true });
    expect(found.map(({ text }) => text)).toEqual(["d likes tea", "c likes tea", "b likes tea"]);
    expect(found[0]?.explanation?.rerank).toBe(scoreOf("d"));
  });
});
