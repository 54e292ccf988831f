import { chroma as backend, findServer, type Server } from "@loci/backends";
import { chroma } from "@loci/chroma";
import manifest from "@loci/chroma/package.json" with { type: "json" };
import type { Instance } from "@loci/conformance";
import { httpProxy } from "@loci/conformance/proxy";
import { AdminClient, ChromaClient } from "chromadb";
import { failingBehind } from "../failing-behind.ts";
import { inOrder } from "../in-order.ts";
import type { Subject } from "../subject.ts";

let server: Promise<Server> | undefined;
const tenant = "default_tenant";

/** All stores share a server, one after the other; each removes the databases that it made. */
export const chromaSubject: Subject = {
  name: "chroma",
  backend,
  capabilities: chroma().capabilities,
  harness: {
    name: "@loci/chroma",
    version: manifest.version,
    reproduce: "npm run matrix -- chroma",
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
  const line = await httpProxy(url);
  const at = (address: string) => {
    const { hostname, port } = new URL(address);
    return { host: hostname, port: Number(port), ssl: false };
  };
  const admin = new AdminClient(at(url));
  const databases = async () =>
    (await admin.listDatabases({ tenant, limit: 10_000 }))
      .map(({ name }) => name)
      .filter((name) => name.startsWith("m1_"));
  const before = await databases();
  const store = chroma(at(line.url));
  return {
    store,
    second: async () => chroma(at(url)),
    // The client asks the server for its limits now and then, which concerns no namespace.
    tap: async (call) => (await line.tap(call)).filter((request) => !request.includes("/pre-flight-checks")),
    fail: async () =>
      failingBehind(await httpProxy(url), url, (address, timeout = 30_000) =>
        chroma({ ...at(address), timeout }),
      ),
    async backend() {
      // The server calls itself "1.0.0" whatever it is, so that the version is the installed package's.
      const version = process.env[backend.variable]
        ? await new ChromaClient(at(url)).version()
        : backend.version;
      return { name: "Chroma", version: version ?? "unknown" };
    },
    async inspect() {
      const contents = new Map<string, Uint8Array>();
      for (const database of await databases()) {
        const client = new ChromaClient({ ...at(url), tenant, database });
        const parts: unknown[] = [];
        for (const collection of await client.listCollections()) {
          const { ids, metadatas, embeddings } = await client
            .collection(collection.id)
            .get({ include: ["metadatas", "embeddings"] });
          parts.push([collection.name, collection.metadata, ids, metadatas, embeddings]);
        }
        contents.set(database, Buffer.from(JSON.stringify(inOrder(parts))));
      }
      return contents;
    },
    async dispose() {
      await store.close();
      await line.close();
      for (const name of await databases()) {
        if (!before.includes(name)) await unlocked(() => admin.deleteDatabase({ name, tenant }));
      }
    },
  };
}

/** The server says that its database is locked when much was written just before. */
async function unlocked(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === 20 || !/locked/.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
