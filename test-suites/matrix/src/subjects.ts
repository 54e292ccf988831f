import { chromaSubject } from "./harnesses/chroma.ts";
import { elasticsearchSubject } from "./harnesses/elasticsearch.ts";
import { inMemoryHarness } from "./harnesses/in-memory.ts";
import { pgliteSubject } from "./harnesses/pglite.ts";
import { pooledPostgresSubject, postgresSubject } from "./harnesses/postgres.ts";
import { qdrantSubject } from "./harnesses/qdrant.ts";
import { sqliteHarness } from "./harnesses/sqlite.ts";
import { embedded, type Subject } from "./subject.ts";

/** Every store, under the name that `npm run matrix` knows it by. */
export const subjects: Readonly<Record<string, Subject>> = {
  "in-memory": embedded(inMemoryHarness),
  sqlite: embedded(sqliteHarness),
  pglite: pgliteSubject,
  postgres: postgresSubject,
  "postgres-pooled": pooledPostgresSubject,
  chroma: chromaSubject,
  elasticsearch: elasticsearchSubject,
  qdrant: qdrantSubject,
};
