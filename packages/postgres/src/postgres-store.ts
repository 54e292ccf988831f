import { defineStore, type Manifest, type Residue, type VectorStore } from "@loci/core/store";
import { classify } from "./classify.ts";
import { Database } from "./database.ts";
import { dialect } from "./dialect.ts";
import { postgresNamespace } from "./postgres-namespace.ts";
import { connectionOf, type PostgresOptions } from "./postgres-options.ts";
import { createSchema, dropSchema, lockSchema, schemaExists } from "./schema.ts";

/**
 * Keeps each organization in a schema of its own, under a role of its own that sees nothing else. Nothing is opened
 * before the first call. Needs PostgreSQL 15 with pgvector 0.8 for vectors, and a role that may create schemas and roles.
 * @throws InvalidInputError for options that say no place, or that are none
 */
export function postgres(options: PostgresOptions): VectorStore {
  const database = new Database(connectionOf(options));
  return defineStore({
    name: "postgres",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "logical",
      residue: [heap, log],
      readYourWrites: true,
    },
    limits: { records: 1000, ids: 10_000, bytes: 16_000_000 },
    dialect,
    classify,
    find: ({ key, signal }) =>
      database.asRole(key, "read", signal, async (query) => {
        const { rows } = await query(`select content from ${key}.manifest`);
        const manifest = JSON.parse(String(rows[0]?.content)) as Manifest;
        return postgresNamespace(key, manifest, database);
      }),
    create: ({ key, manifest, signal }) =>
      database.asOwner(signal, async (query, { version, vectorSchema }) => {
        await lockSchema(query, key);
        if (manifest.embedder && vectorSchema === undefined) {
          // Somebody may have brought it since; a role that may not create it may not even ask whether it is there.
          database.forgetFacts();
          const known = await query("select 1 from pg_extension where extname = 'vector'");
          if (known.rows.length === 0) await query("create extension vector");
        }
        await createSchema(query, key, manifest, version);
      }),
    drop: ({ key, signal }) =>
      database.asOwner(signal, async (query) => {
        await lockSchema(query, key);
        const dropped = await schemaExists(query, key);
        return { dropped, residue: [...(await dropSchema(query, key)), log] };
      }),
    // A role of this name may be another database's of the same server: a drop reports it as residue.
    leftovers: ({ key, signal }) =>
      database.asOwner(signal, async (query) =>
        (await schemaExists(query, key)) ? [`the schema ${key}`] : [],
      ),
    close: () => database.close(),
  });
}

/** What a dropped or emptied namespace leaves behind: seen in the server's files. */
const log: Residue = {
  where: "the write-ahead log (pg_wal), and its archives, replicas and base backups",
  clearedBy: "CHECKPOINT, and the server's own reuse of old segments; expiry of archives and backups",
};
const heap: Residue = {
  where: "dead rows in the tables and indexes of the schema",
  clearedBy: "VACUUM, which autovacuum runs by itself",
};
