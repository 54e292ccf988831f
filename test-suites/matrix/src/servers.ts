import {
  type Backend,
  chroma,
  createDatabase,
  elasticsearch,
  postgres,
  prepareRole,
  qdrant,
} from "@loci/backends";
import { chroma as chromaStore } from "@loci/chroma";
import type { VectorStore } from "@loci/core";
import { elasticsearch as elasticsearchStore } from "@loci/elasticsearch";
import { postgres as postgresStore } from "@loci/postgres";
import { qdrant as qdrantStore } from "@loci/qdrant";

/** A server as the tests of faults use it. */
export interface TestedServer {
  readonly backend: Backend;
  /** Prepares a server once, and says how applications reach it. */
  prepare(url: string): Promise<string>;
  /** A store at an address that `prepare` gave, with a timeout in milliseconds. */
  store(url: string, timeout?: number): VectorStore;
}

const asItIs = async (url: string) => url;
const address = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });

export const servers: Readonly<Record<string, TestedServer>> = {
  postgres: {
    backend: postgres,
    async prepare(url) {
      await prepareRole(url);
      return (await createDatabase(url)).url;
    },
    store: (url, timeout = 30_000) =>
      postgresStore({ connectionString: url, connectionTimeoutMillis: timeout, query_timeout: timeout }),
  },
  chroma: {
    backend: chroma,
    prepare: asItIs,
    store: (url, timeout = 30_000) => chromaStore({ ...address(url), timeout }),
  },
  elasticsearch: {
    backend: elasticsearch,
    prepare: asItIs,
    store: (url, timeout = 30_000) =>
      elasticsearchStore({ node: url, requestTimeout: timeout, maxRetries: 0 }),
  },
  qdrant: {
    backend: qdrant,
    prepare: asItIs,
    store: (url, timeout = 30_000) => qdrantStore({ url, timeout }),
  },
};
