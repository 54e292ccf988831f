import { postgres as backend, findServer, type Server } from "@loci/backends";
import type { Instance } from "@loci/conformance";
import { postgres } from "@loci/postgres";
import manifest from "@loci/postgres/package.json" with { type: "json" };
import pg from "pg";
import type { Subject } from "../subject.ts";

let server: Promise<Server> | undefined;
let made = 0;
const role = "loci_matrix";
const template = "loci_matrix_template";

/** Each store gets a database of its own, and connects as a role that may make schemas and roles and no more. */
export const postgresSubject: Subject = {
  backend,
  harness: {
    name: "@loci/postgres",
    version: manifest.version,
    reproduce: "npm run matrix -- postgres",
    create,
  },
  async stop() {
    if (server) await (await server).stop();
    server = undefined;
  },
};

async function create(): Promise<Instance> {
  server ??= prepare();
  const { url } = await server;
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  const rolesBefore = await rolesOf(admin);
  made += 1;
  const database = `loci_matrix_${process.pid}_${made}`;
  await admin.query(`create database ${database} template ${template} owner ${role}`);
  const at = (user: string, password: string) =>
    Object.assign(new URL(url), { username: user, password, pathname: `/${database}` }).href;
  const pool = new pg.Pool({ connectionString: at(role, role) });
  pool.on("error", () => {});
  const { username, password } = new URL(url);
  const looking = new pg.Pool({ connectionString: at(username, password), max: 1 });
  // The server may stop while they are idle.
  for (const one of [admin, looking]) one.on("error", () => {});
  const store = postgres({ pool });
  return {
    store,
    async backend() {
      const { rows } = await looking.query(
        "select current_setting('server_version') as postgres, (select extversion from pg_extension where extname = 'vector') as vector",
      );
      return { name: "PostgreSQL", version: `${rows[0].postgres} with pgvector ${rows[0].vector}` };
    },
    inspect: () => inspect(looking),
    tap: tapPool(pool),
    async dispose() {
      await store.close();
      await pool.end();
      await looking.end();
      await admin.query(`drop database ${database} with (force)`);
      for (const name of await rolesOf(admin)) {
        if (!rolesBefore.includes(name)) await admin.query(`drop role ${name}`);
      }
      await admin.end();
    },
  };
}

/** A role for the stores, and a database that has the extension, to be copied. */
async function prepare(): Promise<Server> {
  const found = await findServer(backend);
  const admin = new pg.Client({ connectionString: found.url });
  await admin.connect();
  await admin.query(`drop database if exists ${template}`);
  await admin.query(`drop role if exists ${role}`);
  await admin.query(`create role ${role} login noinherit createrole password '${role}'`);
  await admin.query(`create database ${template}`);
  await admin.end();
  const inside = new pg.Client({
    connectionString: Object.assign(new URL(found.url), { pathname: `/${template}` }).href,
  });
  await inside.connect();
  await inside.query("create extension vector");
  await inside.end();
  return found;
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
