import { Client } from "@elastic/elasticsearch";
import { elasticsearch as backend, findServer, type Server } from "@loci/backends";
import type { Instance } from "@loci/conformance";
import { httpProxy } from "@loci/conformance/proxy";
import { elasticsearch } from "@loci/elasticsearch";
import manifest from "@loci/elasticsearch/package.json" with { type: "json" };
import { failingBehind } from "../failing-behind.ts";
import type { Subject } from "../subject.ts";

let server: Promise<Server> | undefined;

/** All stores share a server, one after the other; each removes the indices that it made. */
export const elasticsearchSubject: Subject = {
  name: "elasticsearch",
  backend,
  capabilities: elasticsearch({ node: "http://127.0.0.1" }).capabilities,
  harness: {
    name: "@loci/elasticsearch",
    version: manifest.version,
    reproduce: "npm run matrix -- elasticsearch",
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
  const looking = new Client({ node: url });
  const line = await httpProxy(url);
  const store = elasticsearch({ node: line.url });
  const indices = async () => Object.keys(await looking.indices.get({ index: "m1_*" }));
  const before = await indices();
  return {
    store,
    second: async () => elasticsearch({ node: url }),
    tap: line.tap,
    fail: async () =>
      failingBehind(await httpProxy(url), url, (node, requestTimeout = 30_000) =>
        elasticsearch({ node, requestTimeout }),
      ),
    async backend() {
      return { name: "Elasticsearch", version: (await looking.info()).version.number };
    },
    async inspect() {
      const contents = new Map<string, Uint8Array>();
      for (const index of await indices()) {
        const [mapping, found] = await Promise.all([
          looking.indices.getMapping({ index }),
          looking.search({
            index,
            size: 1000,
            sort: "key",
            version: true,
            _source: { exclude_vectors: false },
          }),
        ]);
        contents.set(index, Buffer.from(JSON.stringify([mapping, found.hits.hits])));
      }
      return contents;
    },
    async dispose() {
      await store.close();
      await line.close();
      for (const index of await indices())
        if (!before.includes(index)) await looking.indices.delete({ index });
      await looking.close();
    },
  };
}
