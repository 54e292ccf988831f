/** What a line or a proxy makes of a server's answers is never taken for one, and what passes is tried again. */
import { once } from "node:events";
import { createServer, request as forward, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { letterEmbedder } from "@loci/conformance";
import { Memory, type VectorStore } from "@loci/core";
import { type Manifest, namespaceKey, noExpiry, scopeFilter, type VectorRecord } from "@loci/core/store";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

/** Sends an answer of the server's in its own way. */
type Answer = (response: ServerResponse, headers: IncomingHttpHeaders, body: Buffer) => void;

const cut: Answer = (response, headers, body) => {
  response.writeHead(200, { ...headers, "content-length": body.length });
  response.write(body.subarray(0, body.length - 1), () => response.destroy());
};
const shortened: Answer = (response, headers, body) => {
  const half = body.subarray(0, body.length - 1);
  response.writeHead(200, { ...headers, "content-length": half.length }).end(half);
};
const loginPage: Answer = (response) =>
  response
    .writeHead(200, { "content-type": "text/html" })
    .end("<!DOCTYPE html><title>Please sign in</title>");
const loginText: Answer = (response) =>
  response.writeHead(200, { "content-type": "application/json" }).end('{"message":"Please sign in"}');

const scope = scopeFilter({}, "within");
const identity = { kind: "organization", deployment: "broken", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const create: Manifest = {
  ...identity,
  scheme: 1,
  embedder: { id: "test", dimensions: 4 },
  createdAt: 0,
};
const record: VectorRecord = {
  id: "one",
  namespace: key,
  scopeKey: { user: "", agent: "", run: "" },
  fields: { $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
  keywords: { own: [], before: [], after: [] },
  payload: "",
  vector: Float32Array.of(1, 0, 0, 0),
};

const overHttp = Object.entries(servers).filter(([name]) => name !== "postgres");

describe.each(overHttp)("%s", (name, { backend, prepare, store }) => {
  describeBackend({ ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` }, "answers", () => {
    let server: OwnServer;
    let line: Line;
    let subject: VectorStore;
    let made = 0;
    beforeAll(async () => {
      server = await backend.start();
      line = await lineTo(await prepare(server.url));
    });
    beforeEach(async () => {
      line.distort(undefined);
      subject = store(line.url);
      await (await subject.open({ key, create })).upsert({ records: [record] });
    });
    afterAll(async () => {
      await line.close();
      await server.stop();
    });

    /** Every call of a store. */
    const calls = async (): Promise<readonly (readonly [string, () => Promise<unknown>])[]> => {
      const namespace = await subject.open({ key });
      const vector = Float32Array.of(1, 0, 0, 0);
      return [
        ["open", () => subject.open({ key })],
        ["create", () => subject.open({ key: namespaceKey({ ...identity, orgId: `${++made}` }), create })],
        ["upsert", () => namespace.upsert({ records: [record] })],
        ["search", () => namespace.search({ scope, vector, limit: 10 })],
        ["get", () => namespace.get({ scope, ids: ["one"] })],
        ["list", () => namespace.list({ scope, limit: 10 })],
        ["count", () => namespace.count({ scope })],
        ["count some", () => namespace.count({ scope: scopeFilter({}) })],
        ["delete", () => namespace.delete({ scope, ids: ["one"] })],
        ["leftovers", async () => subject.leftovers?.({ key })],
        ["drop", () => subject.drop({ key })],
      ];
    };

    it.each([
      ["cut in the middle of the body", cut, true],
      ["shortened by a proxy", shortened, true],
      ["a login page", loginPage, false],
      ["a login page in JSON", loginText, false],
    ] as const)("are not believed where they are %s", async (_, answer, retryable) => {
      const restore = async () => {
        line.distort(undefined);
        await (await subject.open({ key, create })).upsert({ records: [record] });
      };
      for (const [call, run] of await calls()) {
        line.distort(undefined);
        await run();
        const requests = line.requests();
        await restore();
        for (let after = 0; after < requests; after++) {
          line.distort(answer, after);
          await expect(run(), `${call}, after ${after}`).rejects.toMatchObject({
            code: "STORE_FAILURE",
            retryable,
            message: expect.stringMatching(
              retryable ? /does not answer|was cut/ : /is not (Chroma|Elasticsearch|Qdrant)/,
            ),
          });
          await restore();
        }
      }
    });

    it("are asked for again where one was cut", async () => {
      const memory = new Memory({ store: subject, embedder: letterEmbedder, deployment: `broken ${name}` });
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      await alice.add("I take my coffee black");
      for (const answer of [cut, shortened]) {
        line.distort(answer, 0, 1);
        expect((await alice.search("coffee"))[0]?.text).toBe("I take my coffee black");
        line.distort(answer, 0, 1);
        expect((await alice.list()).memories).not.toEqual([]);
        line.distort(answer, 1, 1);
        await alice.add("I take my tea white");
      }
      line.distort(undefined);
      expect((await alice.list()).memories).toHaveLength(2);
      await memory.close();
    });
  });
});

interface Line {
  readonly url: string;
  /** From the request after so many on, as many answers as said are distorted. Default: all. */
  distort(answer: Answer | undefined, after?: number, times?: number): void;
  /** How many requests there were since then. */
  requests(): number;
  close(): Promise<void>;
}

/** Puts a proxy in front of a server, which distorts its answers. */
async function lineTo(target: string): Promise<Line> {
  let distortion: Answer | undefined;
  let skipped = 0;
  let left = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const onward = forward(
      new URL(request.url ?? "/", target),
      { method: request.method ?? "GET", headers: request.headers },
      async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        skipped -= 1;
        if (!distortion || skipped >= 0 || left <= 0)
          return response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
        left -= 1;
        return distortion(response, answer.headers, body);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("This machine gives no free port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    distort(answer, after = 0, times = Number.POSITIVE_INFINITY) {
      [distortion, skipped, left, requests] = [answer, after, times, 0];
    },
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
