import type { PGlite } from "@electric-sql/pglite";
import { InsufficientIsolationError, InvalidInputError, UnsupportedError } from "@loci/core";
import {
  assertNamespaceKey,
  type DropReport,
  type Manifest,
  type Namespace,
  type NamespaceKey,
  NamespaceNotFoundError,
  type Residue,
  type VectorStore,
} from "@loci/core/store";
import type { Pool, PoolConfig } from "pg";
import { type Connection, embeddedConnection, poolConnection, type Session } from "./connection.ts";
import { mapError } from "./map-error.ts";
import { type AsRole, PostgresNamespace } from "./postgres-namespace.ts";
import { createSchema, dropSchema, exists, lock } from "./schema.ts";

/**
 * Options of `postgres`: those of pg's pool (`connectionString`, `ssl`, `max`, `query_timeout` and so on), or a `pool` that
 * the application has, or a `client` of PGlite's. What the application brings, it also closes.
 */
export type PostgresOptions =
  | PoolConfig
  | { /** A pool of pg's. */ readonly pool: Pool }
  | { /** An embedded PostgreSQL, made with the extension `vector`. */ readonly client: PGlite };

/** A server that does not answer is an error after these milliseconds; statements are sent without waiting for the ones before. */
const defaults = { connectionTimeoutMillis: 10_000, query_timeout: 60_000, pipeline: true };
const oldestServer = 150_000;
/** Two transactions met, and one of them has to come again. */
const collisions = ["40001", "40P01", "XX000", "42710", "23505", "42P06"];
const attempts = 5;

/** What a dropped or emptied namespace leaves behind: seen in the server's files. */
const log: Residue = {
  where: "the write-ahead log (pg_wal), and its archives, replicas and base backups",
  clearedBy: "CHECKPOINT, and the server's own reuse of old segments; expiry of archives and backups",
};
const heap: Residue = {
  where: "dead rows in the tables and indexes of the schema",
  clearedBy: "VACUUM, which autovacuum runs by itself",
};

/**
 * Keeps each organization in a schema of its own, under a role of its own that sees nothing else. Nothing is opened
 * before the first call. Needs PostgreSQL 15 with pgvector 0.8 for vectors, and a role that may create schemas and roles.
 * @throws InvalidInputError without options
 */
export function postgres(options: PostgresOptions): VectorStore {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInputError(
      'postgres needs options, as in postgres({ connectionString: "postgres://..." }).',
      { path: "options" },
    );
  }
  if ("client" in options && !isPool(options))
    return new PostgresStore(embeddedConnection(options.client as PGlite));
  if ("pool" in options) return new PostgresStore(poolConnection(async () => options.pool, false));
  const load = async () => {
    const { default: pg } = await import("pg");
    const pool = new pg.Pool({ ...defaults, ...options } as PoolConfig);
    // An idle connection that breaks is replaced when it is needed.
    pool.on("error", () => {});
    return pool;
  };
  return new PostgresStore(poolConnection(load, true));
}

function isPool(options: object): boolean {
  return "pool" in options || "connectionString" in options;
}

/** What is asked of the server once. */
interface ServerFacts {
  readonly version: number;
  /** Where pgvector's type and operators live; undefined where it is not installed. */
  readonly vectorSchema: string | undefined;
}

class PostgresStore implements VectorStore {
  readonly specVersion = 1;
  readonly name = "postgres";
  readonly capabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "scope",
    erasure: "logical",
    residue: [heap, log],
    readYourWrites: true,
  } as const;
  readonly #connection: Connection;
  #facts: Promise<ServerFacts> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async open({ key, create, signal }: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    const manifest =
      (await this.#readManifest(key, signal)) ?? (create && (await this.#create(key, create, signal)));
    if (!manifest) {
      throw new NamespaceNotFoundError(`There is no namespace ${key} in PostgreSQL.`, { namespace: key });
    }
    return new PostgresNamespace(key, manifest, this.#asRole(key));
  }

  async drop({ key, signal }: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    return this.#asOwner(key, signal, async (query) => {
      await lock(query, key);
      const dropped = await exists(query, key);
      return { dropped, residue: [...(await dropSchema(query, key)), log] };
    });
  }

  /** A role of this name may be another database's of the same server: a drop reports it as residue. */
  async leftovers({ key, signal }: Parameters<VectorStore["drop"]>[0]): Promise<readonly string[]> {
    signal?.throwIfAborted();
    assertNamespaceKey(key);
    return this.#asOwner(key, signal, async (query) =>
      (await exists(query, key)) ? [`the schema ${key}`] : [],
    );
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #readManifest(key: NamespaceKey, signal: AbortSignal | undefined): Promise<Manifest | undefined> {
    try {
      return await this.#asRole(key)(
        "read",
        async (query) =>
          JSON.parse(
            String((await query(`select content from ${key}.manifest`)).rows[0]?.content),
          ) as Manifest,
        signal,
      );
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error)) return undefined;
      throw error;
    }
  }

  /** Of several that create at once, one succeeds, and all get the manifest that it wrote. */
  async #create(
    key: NamespaceKey,
    manifest: Manifest,
    signal: AbortSignal | undefined,
  ): Promise<Manifest | undefined> {
    await this.#asOwner(key, signal, async (query, { version, vectorSchema }) => {
      await lock(query, key);
      if (await exists(query, key)) return;
      if (manifest.embedder && vectorSchema === undefined) {
        // Somebody may have brought it since we looked; who may not create it may not even ask whether it is there.
        this.#facts = undefined;
        const known = await query("select 1 from pg_extension where extname = 'vector'");
        if (known.rows.length === 0) await query("create extension vector");
      }
      await createSchema(query, key, manifest, version);
    });
    return this.#readManifest(key, signal);
  }

  /** Transactions as the namespace's role, which sees its own schema and nothing else. */
  #asRole(key: NamespaceKey): AsRole {
    return async (mode, task, signal) => {
      signal?.throwIfAborted();
      try {
        const { vectorSchema } = await this.#serverFacts(signal);
        return await this.#connection.transaction(
          mode,
          `set local role ${key}; ${searchPath(vectorSchema)}`,
          task,
          signal,
        );
      } catch (error) {
        throw signal?.aborted ? signal.reason : mapError(error, key);
      }
    };
  }

  /** Transactions as whoever connects, for creating and dropping, again where two of them met. */
  async #asOwner<T>(
    key: NamespaceKey,
    signal: AbortSignal | undefined,
    task: (query: Session, facts: ServerFacts) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const facts = await this.#serverFacts(signal);
        return await this.#connection.transaction(
          "write",
          searchPath(facts.vectorSchema),
          (query) => task(query, facts),
          signal,
        );
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const collided = collisions.includes(String((error as { code?: unknown }).code));
        if (!collided || attempt === attempts) throw mapError(error, key);
      }
    }
  }

  /** Looks once at the server. What fails is asked again by the next call. */
  #serverFacts(signal: AbortSignal | undefined): Promise<ServerFacts> {
    this.#facts ??= this.#connection
      .transaction("read", "", (query) => readFacts(query, this.#connection.embedded))
      .catch((error: unknown) => {
        this.#facts = undefined;
        throw error;
      });
    signal?.throwIfAborted();
    return this.#facts;
  }
}

/** Our SQL names every table with its schema; only pgvector's type and operators are looked for. */
function searchPath(vectorSchema = "public"): string {
  return `set local search_path = "${vectorSchema.replaceAll('"', '""')}"`;
}

/**
 * @throws UnsupportedError for a server or an extension that is too old
 * @throws InsufficientIsolationError for a role for which row-level security does not hold
 */
async function readFacts(query: Session, embedded: boolean): Promise<ServerFacts> {
  const { rows } = await query(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
            r.rolname as role, r.rolsuper as super, r.rolbypassrls as bypass, n.nspname as schema, e.extversion as extension
     from pg_roles r
     left join pg_extension e on e.extname = 'vector' left join pg_namespace n on n.oid = e.extnamespace
     where r.rolname = current_user`,
  );
  const facts = rows[0] ?? {};
  if (Number(facts.version) < oldestServer) {
    throw new UnsupportedError(`PostgreSQL ${facts.name} is too old: Loci needs 15 or newer.`);
  }
  const [major = 0, minor = 0] = String(facts.extension ?? "0.8")
    .split(".")
    .map(Number);
  if (major === 0 && minor < 8) {
    throw new UnsupportedError(
      `pgvector ${facts.extension} is too old, Loci needs 0.8 or newer. Install it, then run: ALTER EXTENSION vector UPDATE;`,
    );
  }
  // Whoever embeds the database is alone with it; every call of ours runs as the namespace's role all the same.
  if (!embedded && (facts.super || facts.bypass)) {
    throw new InsufficientIsolationError(
      `The role "${facts.role}" is a superuser or has BYPASSRLS, so that row-level security would not hold. Connect as another: CREATE ROLE loci LOGIN NOINHERIT CREATEROLE PASSWORD '...'; GRANT CREATE ON DATABASE ... TO loci;`,
    );
  }
  return { version: Number(facts.version), vectorSchema: facts.schema ? String(facts.schema) : undefined };
}
