import { StoreError } from "@loci/core";
import type { DropReport, Manifest, Residue } from "@loci/core/store";
import type { Session } from "./connection.ts";
import type { SchemaFacts } from "./schema-facts.ts";
import { searchPath } from "./schema-transaction.ts";
import { scopePolicy } from "./scope-lock.ts";

/**
 * Takes the namespace's role, and reads its manifest, and which of the schemas it is that there were under its name. Undefined where
 * there is no namespace.
 */
export async function readManifest(
  query: Session,
  { key, role, exists, grants }: SchemaFacts,
): Promise<{ readonly manifest: Manifest; readonly made: number } | undefined> {
  if (!exists) return undefined;
  assertGranted(grants);
  const [, { rows }] = await Promise.all([
    query(`set local role ${role}`),
    query(`select content, tableoid::int8 as made from ${key}.manifest`),
  ]);
  return { manifest: JSON.parse(String(rows[0]?.content)), made: Number(rows[0]?.made) };
}

/** What the server lists under the name of a namespace, in words. */
export async function listLeftovers(query: Session, { key, role }: SchemaFacts): Promise<readonly string[]> {
  const { rows } = await query(
    `select 'the schema ' || nspname as name from pg_namespace where nspname = $1
     union all select 'the role ' || rolname from pg_roles where rolname = $2`,
    [key, role],
  );
  return rows.map(({ name }) => String(name));
}

/**
 * Creates a namespace: a schema, a role that may use nothing else, and a lock on the rows that holds even where a query
 * forgets its predicate. The tables belong to the role that connects; for all roles but the namespace's own they are empty.
 */
export async function createSchema(
  query: Session,
  manifest: Manifest,
  { key, role, version, grants, vectorSchema }: SchemaFacts,
): Promise<void> {
  assertGranted(grants);
  const dimensions = Number(manifest.embedder?.dimensions ?? 0);
  if (manifest.embedder && vectorSchema === undefined)
    await query(`${searchPath()}; create extension vector`);
  // A schema that an administrator has dropped has left its role.
  await query(`
    ${searchPath(vectorSchema)};
    create schema ${key};
    drop role if exists ${role};
    create role ${role} nologin;
    grant ${role} to current_user${version >= 160_000 ? " with set true, inherit false" : ""};
    grant usage on schema ${key} to ${role};
    create table ${key}.manifest (content text not null);
    grant select on ${key}.manifest to ${role};
    create table ${key}.records (
      id text collate "C" not null, "user" text collate "C" not null,
      agent text collate "C" not null, run text collate "C" not null,
      seq bigint generated always as identity, version text collate "C" not null, namespace text not null,
      created_at float8 not null, valid_from float8 not null, valid_to float8 not null, expires_at float8 not null,
      length int not null, fields jsonb not null, payload text not null, words tsvector not null,
      ${dimensions > 0 ? `vector vector(${dimensions}),` : ""}
      primary key (id, "user", agent, run)
    );
    create index on ${key}.records (created_at, seq);
    create index on ${key}.records ("user", agent, run) include (length);
    create index on ${key}.records using gin (words) with (fastupdate = off);
    ${dimensions > 0 && dimensions <= widestInline ? `alter table ${key}.records alter column vector set storage plain;` : ""}
    ${dimensions > 0 && dimensions <= widestIndex ? `create index on ${key}.records using hnsw (vector vector_cosine_ops);` : ""}
    grant select, insert, update, delete on ${key}.records to ${role};
    grant usage on sequence ${key}.records_seq_seq to ${role};
    alter table ${key}.records enable row level security, force row level security;
    create policy scope on ${key}.records to ${role} using (${scopePolicy}) with check (${scopePolicy});`);
  await query(`insert into ${key}.manifest values ($1)`, [JSON.stringify(manifest)]);
}

function assertGranted(grants: string): void {
  const problem = "The role of the connection string lacks a right on this database";
  if (grants) throw new StoreError(`${problem}. As an administrator, run: ${grants}`, { store: "postgres" });
}

/** pgvector indexes no more than this; wider vectors are compared one by one. */
const widestIndex = 2000;
/** Up to here vectors stay beside the rest of their row, and are compared without being fetched; two rows fit a page. */
const widestInline = 900;

/** Removes a namespace with its role, and says what stays. */
export async function dropSchema(query: Session, { key, role, exists }: SchemaFacts): Promise<DropReport> {
  await query(`drop schema if exists ${key} cascade; savepoint before_role`);
  try {
    await query(`drop role if exists ${role}`);
    return { dropped: exists, residue: [log] };
  } catch (error) {
    // SQLSTATE: something on the server still depends on the role.
    if ((error as { code?: string }).code !== "2BP01") throw error;
    await query("rollback to savepoint before_role");
    const where = `the role ${role}, on which something else on this server depends, such as a copy of the database`;
    return { dropped: exists, residue: [{ where, clearedBy: `DROP ROLE ${role}, once that is gone` }, log] };
  }
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
/** What stays of deleted records. */
export const residue: readonly Residue[] = [heap, log];
