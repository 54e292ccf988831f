import { qdrant as backend, findServer, type Server } from "@loci/backends";
import type { Instance } from "@loci/conformance";
import { httpProxy } from "@loci/conformance/proxy";
import { qdrant } from "@loci/qdrant";
import manifest from "@loci/qdrant/package.json" with { type: "json" };
import { QdrantClient } from "@qdrant/js-client-rest";
import { failingBehind } from "../failing-behind.ts";
import { inOrder } from "../in-order.ts";
import type { Subject } from "../subject.ts";

let server: Promise<Server> | undefined;

/** All stores share a server, one after the other; each removes the collections that it made. */
export const qdrantSubject: Subject = {
  name: "qdrant",
  backend,
  capabilities: qdrant().capabilities,
  harness: {
    name: "@loci/qdrant",
    version: manifest.version,
    reproduce: process.env[backend.variable]
      ? `${backend.variable}=<url> npm run matrix -- qdrant`
      : "npm run matrix -- qdrant",
    ...(process.env[backend.variable] || !backend.standIn ? {} : { standIn: backend.standIn }),
    create,
  },
  async stop() {
    if (server) await (await server).stop();
    server = undefined;
  },
};

async function create(): Promise<Instance> {
  server ??= findServer(backend);
  const { url } = await server;
  const looking = new QdrantClient({ url, checkCompatibility: false });
  const line = await httpProxy(url);
  const store = qdrant({ url: line.url });
  const collections = async () =>
    (await looking.getCollections()).collections
      .map(({ name }) => name)
      .filter((name) => name.startsWith("m1_"));
  const before = await collections();
  return {
    store,
    second: async () => qdrant({ url }),
    tap: line.tap,
    fail: async () =>
      failingBehind(await httpProxy(url), url, (address, timeout = 30_000) =>
        qdrant({ url: address, timeout }),
      ),
    async backend() {
      const { title, version } = (await (await fetch(url)).json()) as { title: string; version: string };
      return { name: title === "a stand-in for Qdrant" ? "Qdrant stand-in" : "Qdrant", version };
    },
    async inspect() {
      const contents = new Map<string, Uint8Array>();
      for (const name of await collections()) {
        const { config } = await looking.getCollection(name);
        const { points } = await looking.scroll(name, { limit: 1000, with_vector: true });
        contents.set(name, Buffer.from(JSON.stringify(inOrder([config.metadata, points]))));
      }
      return contents;
    },
    async dispose() {
      await store.close();
      await line.close();
      for (const name of await collections())
        if (!before.includes(name)) await looking.deleteCollection(name);
    },
  };
}
