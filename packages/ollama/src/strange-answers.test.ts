import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ollama } from "./index.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.restoreAllMocks();
});

type Answer = (response: ServerResponse) => void;
const json =
  (body: string): Answer =>
  (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(body);
const shown = json('{"capabilities": ["embedding", "completion"], "model_info": {}}');

/** A fake server, which answers what it is asked about its models, or answers that strangely too. */
async function fakeServer(answer: Answer, about: Answer | undefined): Promise<{ readonly host: string }> {
  const server = createServer((request, response) =>
    request.resume().on("end", () => {
      if (request.url === "/api/show") (about ?? shown)(response);
      else if (request.url === "/api/tags") (about ?? json('{"models": []}'))(response);
      else answer(response);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { host: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function calls(answer: Answer, about?: Answer) {
  // The client prints what it cannot read.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
  const at = await fakeServer(answer, about);
  const embedder = ollama.embedder("m", { ...at, accents: "keep" });
  const messages = [{ role: "user", content: "hello" }] as const;
  return [
    () => embedder.embed(["a", "b"], { purpose: "document" }),
    () => ollama("m", at).generate({ messages, schema: { type: "object" } }),
  ];
}

const cut: Answer = (response) => {
  response
    .writeHead(200, { "content-type": "application/json", "content-length": "500" })
    .write('{"model": [');
  setTimeout(() => response.destroy(), 20);
};
const page: Answer = (response) =>
  response.writeHead(200, { "content-type": "text/html" }).end("<html>login</html>");

describe("strange answers of a fake server", () => {
  it.each([
    ["cut by a closed connection", cut],
    ["cut cleanly", json('{"model": "m", "embeddings": [[1')],
    ["empty", json("")],
  ])("are asked for again when they are %s", async (_, answer) => {
    for (const call of [...(await calls(answer)), ...(await calls(json("{}"), answer))])
      await expect(call()).rejects.toMatchObject({ problem: "unreachable", retryable: true });
  });

  it.each([
    ["an empty object", json("{}")],
    ["null", json("null")],
    ["nulls", json('{"embeddings": null, "message": null, "models": null, "model_info": null}')],
  ])("are not believed when they are %s", async (_, answer) => {
    for (const call of [...(await calls(answer)), ...(await calls(json("{}"), answer))])
      await expect(call()).rejects.toMatchObject({ problem: "invalid-answer", retryable: false });
  });

  it("are told from Ollama's when they are a login page", async () => {
    const told = { problem: "invalid-answer", message: expect.stringContaining("is not Ollama") };
    const [embed] = await calls(page);
    await expect(embed?.()).rejects.toMatchObject(told);
    for (const call of await calls(page, page)) await expect(call()).rejects.toMatchObject(told);
  });

  it.each([
    ["a null in it", "[[null, 1], [1, 1]]"],
    ["null for it", "[null, [1, 1]]"],
    ["another width", "[[1, 1], [1, 1, 1]]"],
    ["none for a text", "[[1, 1]]"],
  ])("are no vectors with %s", async (_, vectors) => {
    const [embed] = await calls(json(`{"embeddings": ${vectors}}`));
    await expect(embed?.()).rejects.toMatchObject({ problem: "invalid-answer", retryable: false });
  });

  it("are explained where a proxy in between answers as OpenAI does", async () => {
    const [embed] = await calls((response) =>
      response
        .writeHead(429, { "content-type": "application/json" })
        .end('{"error": {"message": "slow down"}}'),
    );
    await expect(embed?.()).rejects.toMatchObject({
      problem: "overloaded",
      message: "Ollama is busy: slow down",
    });
  });
});
