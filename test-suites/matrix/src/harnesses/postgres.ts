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

/**
 * All stores share a database, one after the other; each removes the schemas and roles that it made. They connect as a role that may
 * make schemas and roles and no more.
 */
function subjectOn(backend: Backend, name: StoreName, how: string): Subject {
  let shared: Promise<Shared> | undefined;
  return {
    name,
    backend,
    capabilities: postgres({ connectionString: "postgres://127.0.0.1" }).capabilities,
    harness: {
      name: "@loci/postgres",
      version: manifest.version,
      reproduce: `npm run matrix -- ${name}`,
      async create() {
        shared ??= share(backend);
        return createOn(await shared, how);
      },
    },
    async stop() {
      await (await shared)?.stop();
      shared = undefined;
    },
  };
}

/** What the stores of a run have in common. */
interface Shared {
  /** The database, as an application reaches it. */
  readonly url: string;
  /** The database, as a superuser sees it. */
  readonly looking: pg.Pool;
  stop(): Promise<void>;
}

async function share(backend: Backend): Promise<Shared> {
  const server: Server = await findServer(backend);
  await prepareRole(server.url);
  const { name, url, adminUrl } = await createDatabase(server.url);
  const [looking, admin] = [adminUrl, server.url].map(
    (connectionString) => new pg.Pool({ connectionString, max: 1 }),
  ) as [pg.Pool, pg.Pool];
  // The server may stop while they are idle.
  for (const one of [looking, admin]) one.on("error", () => {});
  return {
    url,
    looking,
    async stop() {
      await looking.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
      await server.stop();
    },
  };
}

async function createOn({ url, looking }: Shared, how: string): Promise<Instance> {
  const rolesBefore = await rolesOf(looking);
  const pool = new pg.Pool({ connectionString: url });
  pool.on("error", () => {});
  const store = postgres({ pool });
  return {
    store,
    second: async () => postgres({ connectionString: url }),
    async backend() {
      const { rows } = await looking.query(
        "select current_setting('server_version') as postgres, (select extversion from pg_extension where extname = 'vector') as vector",
      );
      return { name: "PostgreSQL", version: `${rows[0].postgres} with pgvector ${rows[0].vector}${how}` };
    },
    inspect: () => inspect(looking),
    tap: tapPool(pool),
    fail: async () =>
      failingBehind(await tcpProxy(url), url, (connectionString, timeout = 30_000) =>
        postgres({ connectionString, query_timeout: timeout, connectionTimeoutMillis: timeout }),
      ),
    async dispose() {
      await store.close();
      await pool.end();
      await endTransactions(looking);
      for (const name of await schemasOf(looking)) await looking.query(`drop schema ${name} cascade`);
      for (const name of await rolesOf(looking)) {
        if (!rolesBefore.includes(name)) await looking.query(`drop owned by ${name}; drop role ${name}`);
      }
    },
  };
}

/** Calls that nobody waits for any more may still hold a schema. */
async function endTransactions(looking: pg.Pool): Promise<void> {
  await looking.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'",
  );
}

async function schemasOf(looking: pg.Pool): Promise<readonly string[]> {
  const { rows } = await looking.query("select nspname from pg_namespace where nspname ~ '^m1_'");
  return rows.map(({ nspname }) => String(nspname));
}

async function rolesOf(looking: pg.Pool): Promise<readonly string[]> {
  const { rows } = await looking.query("select rolname from pg_roles where rolname ~ '^m1_'");
  return rows.map(({ rolname }) => String(rolname));
}

/** Every row of every schema of a namespace, as a superuser sees them. */
async function inspect(looking: pg.Pool): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const nspname of await schemasOf(looking)) {
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
