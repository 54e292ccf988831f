import {
  type Backend,
  createDatabase,
  findServer,
  pgbouncer,
  postgres as plain,
  prepareRole,
  type Server,
  type StoreName,
} from "@loci/backends";
import type { Instance } from "@loci/conformance";
import { tcpProxy } from "@loci/conformance/proxy";
import { postgres } from "@loci/postgres";
import manifest from "@loci/postgres/package.json" with { type: "json" };
import pg from "pg";
import { failingBehind } from "../failing-behind.ts";
import type { Subject } from "../subject.ts";

export const postgresSubject: Subject = subjectOn(plain, "postgres", "");
/** Behind a transaction pooler, each transaction may run on another connection of the server's. */
export const pooledPostgresSubject: Subject = subjectOn(
  pgbouncer,
  "postgres-pooled",
  " behind PgBouncer, by transaction",
);

/** Each store gets a database of its own, and connects as a role that may make schemas and roles and no more. */
function subjectOn(backend: Backend, name: StoreName, how: string): Subject {
  let server: Promise<Server> | undefined;
  const prepared = async () => {
    const found = await findServer(backend);
    await prepareRole(found.url);
    return found;
  };
  return {
    name,
    backend,
    capabilities: postgres({ connectionString: "postgres://127.0.0.1" }).capabilities,
    harness: {
      name: "@loci/postgres",
      version: manifest.version,
      reproduce: `npm run matrix -- ${name}`,
      async create() {
        server ??= prepared();
        return createOn((await server).url, how);
      },
    },
    async stop() {
      if (server) await (await server).stop();
      server = undefined;
    },
  };
}

async function createOn(url: string, how: string): Promise<Instance> {
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  const rolesBefore = await rolesOf(admin);
  const database = await createDatabase(url);
  const pool = new pg.Pool({ connectionString: database.url });
  pool.on("error", () => {});
  const looking = new pg.Pool({ connectionString: database.adminUrl, max: 1 });
  // The server may stop while they are idle.
  for (const one of [admin, looking]) one.on("error", () => {});
  const store = postgres({ pool });
  return {
    store,
    second: async () => postgres({ connectionString: database.url }),
    async backend() {
      const { rows } = await looking.query(
        "select current_setting('server_version') as postgres, (select extversion from pg_extension where extname = 'vector') as vector",
      );
      return { name: "PostgreSQL", version: `${rows[0].postgres} with pgvector ${rows[0].vector}${how}` };
    },
    inspect: () => inspect(looking),
    tap: tapPool(pool),
    fail: async () =>
      failingBehind(await tcpProxy(database.url), database.url, (connectionString, timeout = 30_000) =>
        postgres({ connectionString, query_timeout: timeout, connectionTimeoutMillis: timeout }),
      ),
    async dispose() {
      await store.close();
      await pool.end();
      await looking.end();
      await admin.query(`drop database ${database.name} with (force)`);
      for (const name of await rolesOf(admin)) {
        if (!rolesBefore.includes(name)) await admin.query(`drop role ${name}`);
      }
      await admin.end();
    },
  };
}

async function rolesOf(admin: pg.Pool): Promise<readonly string[]> {
  const { rows } = await admin.query("select rolname from pg_roles where rolname ~ '^m1_'");
  return rows.map(({ rolname }) => String(rolname));
}

/** Every row of every schema of a namespace, as a superuser sees them. */
async function inspect(looking: pg.Pool): Promise<ReadonlyMap<string, Uint8Array>> {
  const { rows } = await looking.query("select nspname from pg_namespace where nspname ~ '^m1_'");
  const contents = new Map<string, Uint8Array>();
  for (const { nspname } of rows) {
    const tables = await Promise.all(
      ["manifest", "records"].map((table) =>
        looking.query(`select t.ctid::text || t::text as row from ${nspname}.${table} t order by t.ctid`),
      ),
    );
    const text = tables.flatMap((table) => table.rows.map(({ row }) => String(row))).join("\n");
    contents.set(nspname, Buffer.from(text));
  }
  return contents;
}

/** Listens at the driver: each transaction is one request, with its role, its statements and their parameters. */
function tapPool(pool: pg.Pool): Instance["tap"] & {} {
  let requests: string[] | undefined;
  pool.on("connect", (client) => {
    let request = "";
    const original = client.query.bind(client) as (...parameters: unknown[]) => unknown;
    const tapped = (...parameters: unknown[]) => {
      const [sql, values] = parameters;
      if (String(sql).startsWith("begin")) request = "";
      request += `${sql} ${JSON.stringify(values ?? [])}\n`;
      if (/^(commit|rollback)/.test(String(sql))) requests?.push(request);
      return original(...parameters);
    };
    Object.assign(client, { query: tapped });
  });
  return async (call) => {
    requests = [];
    try {
      await call();
      return requests;
    } finally {
      requests = undefined;
    }
  };
}
