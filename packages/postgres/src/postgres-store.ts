import { defineStore, type NamespaceKey, type VectorStore } from "@loci/core/store";
import { classify } from "./classify.ts";
import type { Mode, Session } from "./connection.ts";
import { dialect } from "./dialect.ts";
import { postgresNamespace } from "./postgres-namespace.ts";
import { connectionOf, type PostgresOptions } from "./postgres-options.ts";
import { createSchema, dropSchema, listLeftovers, readManifest, residue } from "./schema.ts";
import { readSchemaFacts, type SchemaFacts } from "./schema-facts.ts";
import { schemaTransactions } from "./schema-transaction.ts";

/**
 * Keeps each organization in a schema of its own, under a role of its own that sees nothing else. Nothing is opened
 * before the first call. Needs PostgreSQL 15 with pgvector 0.8 for vectors, and a role that may create schemas and roles.
 * @throws InvalidInputError for options that say no place, or that are none
 */
export function postgres(options: PostgresOptions): VectorStore {
  const connection = connectionOf(options);
  /** A transaction as the role that connects. */
  const transaction = <T>(mode: Mode, { key, signal }: Request, task: Task<T>) =>
    connection.transaction(
      mode,
      "",
      async (query) => task(query, await readSchemaFacts(query, key, mode, connection.embedded)),
      signal,
    );
  return defineStore({
    name: "postgres",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "logical",
      residue,
      readYourWrites: true,
    },
    // No batch holds the event loop for long while it is written as JSON.
    limits: { records: 1000, ids: 10_000, bytes: 4_000_000 },
    dialect,
    classify,
    find: (request) =>
      transaction("read", request, async (query, facts) => {
        const { manifest, made } = (await readManifest(query, facts)) ?? {};
        if (!manifest || made === undefined) return undefined;
        return postgresNamespace(facts.key, manifest, schemaTransactions(connection, facts, made));
      }),
    create: ({ manifest, ...request }) =>
      transaction("write", request, (query, facts) => createSchema(query, manifest, facts)),
    drop: (request) => transaction("write", request, dropSchema),
    leftovers: (request) => transaction("read", request, listLeftovers),
    close: () => connection.close(),
  });
}

type Request = { readonly key: NamespaceKey; readonly signal: AbortSignal };
type Task<T> = (query: Session, facts: SchemaFacts) => Promise<T>;
