import { once } from "node:events";
import { createServer } from "node:http";
import { type Manifest, namespaceKey, noExpiry, scopeFilter } from "@loci/core/store";
import { expect, it } from "vitest";
import { elasticsearch } from "./elasticsearch-store.ts";

const identity = { kind: "organization", deployment: "test", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const manifest: Manifest = { ...identity, scheme: 1, embedder: null, createdAt: 0 };
const headers = { "x-elastic-product": "Elasticsearch", "content-type": "application/json" };

it("sends what changes a document once, since the client would take its own first try for another's", async () => {
  const lost: string[] = [];
  const fakeServer = createServer((request, response) => {
    if (request.url?.endsWith("/_mapping")) {
      const mapping = { [key]: { mappings: { _meta: { loci: manifest, made: "first" } } } };
      return response.writeHead(200, headers).end(JSON.stringify(mapping));
    }
    lost.push(String(request.url?.split("?")[0]?.split("/").at(-1)));
    return response.destroy();
  });
  fakeServer.listen(0, "127.0.0.1");
  await once(fakeServer, "listening");
  const { port } = fakeServer.address() as { port: number };
  const store = elasticsearch({ node: `http://127.0.0.1:${port}`, maxRetries: 2 });
  const namespace = await store.open({ key });
  const scope = scopeFilter({}, "within");
  const scopeKey = { user: "", agent: "", run: "" };
  const record = {
    id: "one",
    namespace: key,
    scopeKey,
    fields: { $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
    keywords: { own: [], before: [], after: [] },
    payload: "",
    expected: "absent",
  } as const;
  const unavailable = { code: "STORE_FAILURE", retryable: true };
  await expect(namespace.upsert({ records: [record] })).rejects.toMatchObject(unavailable);
  const versions = [{ id: "one", scopeKey, version: "1:1:1" }];
  await expect(namespace.delete({ scope, versions })).rejects.toMatchObject(unavailable);
  await expect(namespace.delete({ scope })).rejects.toMatchObject(unavailable);
  expect(lost).toEqual(["_bulk", "_bulk", "_delete_by_query"]);
  await store.close();
  fakeServer.close();
});

it("asks once whatever it asks, and takes no way to another page for an answer", async () => {
  const asked: string[] = [];
  let status = 503;
  const fakeServer = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split("?")[0]}`);
    response
      .writeHead(status, { ...headers, "content-type": "text/html", location: "/sign-in" })
      .end("<html></html>");
  });
  fakeServer.listen(0, "127.0.0.1");
  await once(fakeServer, "listening");
  const { port } = fakeServer.address() as { port: number };
  const store = elasticsearch({ node: `http://127.0.0.1:${port}`, maxRetries: 2 });
  const calls = [
    () => store.open({ key }),
    () => store.open({ key, create: manifest }),
    () => store.drop({ key }),
    async () => store.leftovers?.({ key }),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({ code: "STORE_FAILURE", retryable: true });
  }
  expect(asked).toHaveLength(calls.length);
  status = 302;
  const failed = {
    code: "STORE_FAILURE",
    retryable: false,
    message: expect.stringContaining("is not Elastic"),
  };
  for (const call of calls) await expect(call()).rejects.toMatchObject(failed);
  await store.close();
  fakeServer.close();
});

it.each([
  {},
  { url: "http://127.0.0.1:9200" },
  { node: "nonsense" },
  { node: 5 },
  null,
  "http://127.0.0.1:9200",
])("refuses the options %j by a typed error", (options) => {
  expect(() => elasticsearch(options as never)).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT", path: "options" }),
  );
});
