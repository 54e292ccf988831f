import type { StoreName } from "@loci/backends";
import type { Subject } from "./subject.ts";

/** Loads a store with its driver. A test waits only for those that it needs. */
export function loadSubject(name: StoreName): Promise<Subject> {
  return loaders[name]();
}

const loaders: Readonly<Record<StoreName, () => Promise<Subject>>> = {
  "in-memory": async () => (await import("./harnesses/in-memory.ts")).inMemorySubject,
  sqlite: async () => (await import("./harnesses/sqlite.ts")).sqliteSubject,
  pglite: async () => (await import("./harnesses/pglite.ts")).pgliteSubject,
  postgres: async () => (await import("./harnesses/postgres.ts")).postgresSubject,
  "postgres-pooled": async () => (await import("./harnesses/postgres.ts")).pooledPostgresSubject,
  chroma: async () => (await import("./harnesses/chroma.ts")).chromaSubject,
  elasticsearch: async () => (await import("./harnesses/elasticsearch.ts")).elasticsearchSubject,
  qdrant: async () => (await import("./harnesses/qdrant.ts")).qdrantSubject,
};
