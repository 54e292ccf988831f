import type { PGlite } from "@electric-sql/pglite";
import { InvalidInputError } from "@loci/core";
import type { Pool, PoolConfig } from "pg";
import type { Connection } from "./connection.ts";
import { pgliteConnection } from "./pglite-connection.ts";
import { poolConnection } from "./pool-connection.ts";

/**
 * Options of `postgres`: those of pg's pool (`connectionString`, `ssl`, `max`, `query_timeout` and so on), or a `pool` that
 * the application has, or a `client` of PGlite's. What the application brings, it also closes.
 */
export type PostgresOptions =
  | PoolConfig
  | { /** A pool of pg's. */ readonly pool: Pool }
  | { /** An embedded PostgreSQL, made with the extension `vector`. */ readonly client: PGlite };

/**
 * How a store with these options reaches PostgreSQL.
 * @throws InvalidInputError for options that say no place, or that are none
 */
export function connectionOf(options: PostgresOptions): Connection {
  if (typeof options !== "object" || options === null) fail("options", "postgres needs options", example);
  const { client, pool, ...config } = options as PoolConfig & { client?: PGlite; pool?: Pool };
  const surplus = Object.keys(config).find((name) => !poolOptions.includes(name));
  if (surplus !== undefined) {
    const meant = /^(ur[il]|dsn|connection)/i.test(surplus) ? ": call it connectionString" : "";
    fail(
      surplus,
      `${surplus} is no option of postgres${meant}`,
      `There are pool, client, ${poolOptions.join(", ")}`,
    );
  }
  if ("client" in options) {
    if (typeof client?.transaction !== "function")
      fail("client", "client must be a PGlite", "Await PGlite.create(), and pass a pool of pg's as pool");
    return pgliteConnection(client);
  }
  if ("pool" in options) {
    if (typeof pool?.connect !== "function")
      fail("pool", "pool must be a pool of pg's", "Pass new pg.Pool(...)");
    return poolConnection(async () => pool, false);
  }
  for (const name of ["connectionString", "host"] as const) {
    const value = config[name];
    if (name in config && (typeof value !== "string" || value === ""))
      fail(name, `${name} must be a string, and is ${value === "" ? "empty" : typeof value}`, environment);
  }
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(config.connectionString ?? "") ?? [];
  if (scheme !== undefined && !["postgres", "postgresql", "socket"].includes(scheme.toLowerCase()))
    fail(
      "connectionString",
      `connectionString begins with ${scheme}://, which is not PostgreSQL's`,
      "Let it begin with postgres:// or postgresql://",
    );
  if (Object.keys(config).length === 0 && !process.env.PGHOST)
    fail("connectionString", "connectionString is missing", example);
  return poolConnection(async () => {
    const { default: pg } = await import("pg");
    return new pg.Pool({ ...defaults, ...config });
  }, true);
}

/** A server that does not answer is an error after these milliseconds; statements are sent without waiting for the ones before. */
const defaults = { connectionTimeoutMillis: 10_000, query_timeout: 60_000, pipeline: true };
const environment = "Is its environment variable set?";
const example = 'Call it: postgres({ connectionString: "postgres://user:password@host/database" })';
const poolOptions =
  `connectionString host port user password database ssl sslnegotiation enableChannelBinding stream keepAlive
keepAliveInitialDelayMillis statement_timeout query_timeout lock_timeout idle_in_transaction_session_timeout
connectionTimeoutMillis application_name fallback_application_name types options client_encoding pipeline max min
idleTimeoutMillis log Promise allowExitOnIdle maxUses maxLifetimeSeconds Client onConnect verify`.split(/\s/);

function fail(path: string, problem: string, advice: string): never {
  throw new InvalidInputError(`${problem}. ${advice}${advice.endsWith("?") ? "" : "."}`, { path });
}
