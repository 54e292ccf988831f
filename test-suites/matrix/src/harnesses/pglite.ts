import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import type { Instance } from "@loci/conformance";
import { postgres } from "@loci/postgres";
import manifest from "@loci/postgres/package.json" with { type: "json" };
import type { Subject } from "../subject.ts";

let database: Promise<PGlite> | undefined;

/** PostgreSQL in WebAssembly. One for all cases, since it takes seconds to start; each leaves nothing behind. */
export const pgliteSubject: Subject = {
  name: "pglite",
  capabilities: postgres({ connectionString: "postgres://127.0.0.1" }).capabilities,
  harness: {
    name: "@loci/postgres",
    version: manifest.version,
    reproduce: "npm run matrix -- pglite",
    create,
  },
  async stop() {
    if (database) await (await database).close();
    database = undefined;
  },
};

async function create(): Promise<Instance> {
  database ??= PGlite.create({ extensions: { vector } });
  const client = await database;
  const store = postgres({ client });
  return {
    store,
    second: async () => postgres({ client }),
    async backend() {
      const { rows } = await client.query<{ version: string }>(
        "select current_setting('server_version') as version",
      );
      return { name: "PGlite", version: `PostgreSQL ${rows[0]?.version}` };
    },
    async dispose() {
      await store.close();
      const { rows } = await client.query<{ drops: string }>(
        `select 'drop schema ' || nspname || ' cascade' as drops from pg_namespace where nspname ~ '^m1_'
         union all select 'drop role ' || rolname from pg_roles where rolname ~ '^m1_'`,
      );
      for (const { drops } of rows) await client.exec(drops);
    },
  };
}
