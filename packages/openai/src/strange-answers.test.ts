import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openai } from "./index.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A fake server, which answers everything in one way. */
async function fakeServer(answer: (response: ServerResponse) => void): Promise<{ readonly baseURL: string }> {
  const server = createServer((request, response) => request.resume().on("end", () => answer(response)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

const json = (body: string) => (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json" }).end(body);
const embeddings = (...vectors: unknown[]) =>
  json(JSON.stringify({ data: vectors.map((embedding, index) => ({ index, embedding })) }));

describe("strange answers of a fake server", () => {
  const ask = async (answer: (response: ServerResponse) => void) => {
    const at = await fakeServer(answer);
    const embedder = openai.embedder("m", { ...at, accents: "keep" });
    const prompt = [{ role: "user", content: "hello" }] as const;
    return [
      () => embedder.embed(["a", "b"], { purpose: "document" }),
      () => openai("m", at).generate({ messages: prompt, schema: { type: "object" } }),
    ];
  };

  it.each<[string, (response: ServerResponse) => void]>([
    [
      "is cut by a closed connection",
      (response) => {
        response
          .writeHead(200, { "content-type": "application/json", "content-length": "500" })
          .write('{"data": [');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ["is cut cleanly", json('{"data": [{"ind')],
  ])("is asked again when the body %s", async (_, answer) => {
    for (const call of await ask(answer))
      await expect(call()).rejects.toMatchObject({ problem: "unreachable", retryable: true });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    [
      "a login page",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>login</html>"),
    ],
    ["a page that says it is JSON", json("<html>login</html>")],
    ["an empty object", json("{}")],
    ["null", json("null")],
    ["nulls", json('{"data": null, "choices": null}')],
    ["no content", (response) => response.writeHead(204).end()],
  ])("is not believed when it is %s", async (_, answer) => {
    for (const call of await ask(answer))
      await expect(call()).rejects.toMatchObject({ problem: "invalid-answer", retryable: false });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["a null in it", embeddings([null, 1], [1, 1])],
    ["null for it", embeddings(null, [1, 1])],
    ["another width", embeddings([1, 1], [1, 1, 1])],
    ["none for a text", embeddings([1, 1])],
    ["one too many", embeddings([1, 1], [1, 1], [1, 1])],
    [
      "the number of another",
      json('{"data": [{"index": 0, "embedding": [1, 1]}, {"index": 0, "embedding": [1, 2]}]}'),
    ],
  ])("is no vector with %s", async (_, answer) => {
    const [embed] = await ask(answer);
    await expect(embed?.()).rejects.toMatchObject({ problem: "invalid-answer", retryable: false });
  });

  it("is read with a text in parts, and without a usage", async () => {
    const content = [{ type: "text", text: '{"answer":' }, { type: "image" }, { type: "text", text: "1}" }];
    const [, generate] = await ask(json(JSON.stringify({ choices: [{ message: { content } }] })));
    expect(await generate?.()).toEqual({ object: { answer: 1 }, usage: { inputTokens: 0, outputTokens: 0 } });
  });
});
