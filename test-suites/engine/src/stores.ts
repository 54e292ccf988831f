import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missing } from "@loci/backends";
import { chroma } from "@loci/chroma";
import type { Instance } from "@loci/conformance";
import { inMemory, type VectorStore } from "@loci/core";
import type { StoreCapabilities } from "@loci/core/store";
import { elasticsearch } from "@loci/elasticsearch";
import { subjects } from "@loci/matrix";
import { postgres } from "@loci/postgres";
import { qdrant } from "@loci/qdrant";
import { sqlite } from "@loci/sqlite";
import { afterAll, onTestFinished } from "vitest";

/** A store that the tests run on, each time made anew, on an empty backend. */
export interface TestedStore {
  readonly name: string;
  /** Makes one. On a server, the one before it is gone then. */
  readonly make: () => VectorStore;
  /** How much of what is generated: a request takes a server longer than the embedded stores. */
  readonly share: number;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The stores that need nothing. */
const embeddedStores: readonly TestedStore[] = [
  { name: "in-memory", make: inMemory, share: 1 },
  {
    name: "sqlite",
    make: () => {
      // Two open files at the most, so that every test also closes and opens files again.
      const store = sqlite({ directory: join(temporaryFolder(), "memories"), maxOpenFiles: 2 });
      onTestFinished(() => store.close());
      return store;
    },
    share: 1,
  },
];

/** Those of the servers that are to be had here. */
const serverStores: readonly TestedStore[] = Object.entries({
  pglite: postgres({ connectionString: "" }),
  postgres: postgres({ connectionString: "" }),
  chroma: chroma(),
  elasticsearch: elasticsearch({ node: "http://127.0.0.1" }),
  qdrant: qdrant(),
}).flatMap(([name, { capabilities }]) => {
  const backend = subjects[name]?.backend;
  return backend && missing(backend) ? [] : [{ name, make: () => made(name, capabilities), share: 0.2 }];
});

/** Every store that is to be had here. */
export const allStores: readonly TestedStore[] = [...embeddedStores, ...serverStores];
/** Those that find words without an embedder. */
export const stores: readonly TestedStore[] = allStores.filter(({ name }) => name !== "chroma");

const current = new Map<string, Promise<Instance>>();
afterAll(async () => {
  for (const [name, instance] of current) {
    await (await instance).dispose();
    await subjects[name]?.stop();
  }
});

/** A store whose making takes time, for tests that want it at once. */
function made(name: string, capabilities: StoreCapabilities): VectorStore {
  const before = current.get(name);
  const instance = (async () => {
    await (await before)?.dispose();
    return (subjects[name] as (typeof subjects)[string]).harness.create();
  })();
  instance.catch(() => {});
  current.set(name, instance);
  const store = async () => (await instance).store;
  return {
    specVersion: 1,
    name,
    capabilities,
    open: async (request) => (await store()).open(request),
    drop: async (request) => (await store()).drop(request),
    leftovers: async (request) => (await (await store()).leftovers?.(request)) ?? [],
    close: async () => (await store()).close(),
  };
}
