/** What a proxy makes of a server's answers is named as that, and what passes is tried again. The suite tries the rest. */
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { letterEmbedder } from "@loci/conformance";
import { type HttpProxy, httpProxy } from "@loci/conformance/proxy";
import { Memory, type VectorStore } from "@loci/core";
import { type Manifest, namespaceKey, scopeFilter } from "@loci/core/store";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

const identity = { kind: "organization", deployment: "broken", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const create: Manifest = {
  ...identity,
  scheme: 1,
  embedder: { id: "test", dimensions: 4 },
  createdAt: 0,
};

const overHttp = Object.entries(servers).filter(([name]) => name !== "postgres");

describe.each(overHttp)("%s", (name, { backend, prepare, store }) => {
  describeBackend({ ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` }, "answers", () => {
    let server: OwnServer;
    let line: HttpProxy;
    let subject: VectorStore;
    beforeAll(async () => {
      server = await backend.start();
      line = await httpProxy(await prepare(server.url));
    });
    beforeEach(() => {
      subject = store(line.url);
    });
    afterAll(async () => {
      await line.close();
      await server.stop();
    });

    it.each([
      ["cut-answer", true],
      ["shorten-answer", true],
      ["login-page", false],
      ["login-object", false],
      ["redirect", false],
    ] as const)("are named where they are of the kind %s", async (fault, retryable) => {
      const namespace = await subject.open({ key, create });
      const end = await line.faults[fault].begin(0);
      await expect(namespace.count({ scope: scopeFilter({}, "within") })).rejects.toMatchObject({
        code: "STORE_FAILURE",
        retryable,
        message: expect.stringMatching(
          retryable ? /does not answer|was cut/ : /is not (Chroma|Elasticsearch|Qdrant)/,
        ),
      });
      expect(await end()).toBe(true);
    });

    it("are asked for again where one was lost", async () => {
      const memory = new Memory({ store: subject, embedder: letterEmbedder, deployment: `broken ${name}` });
      const alice = memory.scope({ orgId: "acme", userId: "alice" });
      await alice.add("I take my coffee black");
      const losing = async (after: number, call: () => Promise<unknown>) => {
        const end = await line.faults["lose-one-answer"].begin(after);
        const answer = await call();
        expect(await end()).toBe(true);
        return answer;
      };
      expect(await losing(0, () => alice.search("coffee"))).toMatchObject([
        { text: "I take my coffee black" },
      ]);
      expect(await losing(0, () => alice.list())).toMatchObject({
        memories: [{ text: "I take my coffee black" }],
      });
      for (const after of [0, 1]) await losing(after, () => alice.add(`Tea of the ${after + 1}. kind`));
      expect((await alice.list()).memories).toHaveLength(3);
      await memory.close();
    });
  });
});
