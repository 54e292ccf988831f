import type { Manifest, NamespaceKey, Residue, ScopeFilter } from "@loci/core/store";
import type { Session } from "./connection.ts";

/** Whether a namespace is there, by looking at the catalog. */
export async function schemaExists(query: Session, key: NamespaceKey): Promise<boolean> {
  return (await query("select 1 from pg_namespace where nspname = $1", [key])).rows.length > 0;
}

/** Lets one transaction at a time create or drop a namespace. */
export async function lockSchema(query: Session, key: NamespaceKey): Promise<void> {
  await query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [key]);
}

/**
 * Creates a namespace: a schema, a role that may use nothing else, and a lock on the rows that holds even where a query
 * forgets its predicate. The tables belong to the role that connects; for all roles but the namespace's own they are empty.
 */
export async function createSchema(
  query: Session,
  key: NamespaceKey,
  manifest: Manifest,
  version: number,
): Promise<void> {
  const dimensions = Number(manifest.embedder?.dimensions ?? 0);
  // Another database of the same server may have an organization of the same name, and so the role.
  const known = await query("select 1 from pg_roles where rolname = $1", [key]);
  const scope = (["user", "agent", "run"] as const).map(levelPolicy).join(" and ");
  await query(`
    create schema ${key};
    ${known.rows.length === 0 ? `create role ${key} nologin;` : ""}
    grant ${key} to current_user${version >= 160_000 ? " with set true, inherit false" : ""};
    grant usage on schema ${key} to ${key};
    create table ${key}.manifest (content text not null);
    grant select on ${key}.manifest to ${key};
    create table ${key}.records (
      id text collate "C" not null,
      "user" text collate "C" not null,
      agent text collate "C" not null,
      run text collate "C" not null,
      seq bigint generated always as identity,
      namespace text not null,
      created_at float8 not null,
      valid_from float8 not null,
      valid_to float8 not null,
      expires_at float8 not null,
      length int not null,
      fields jsonb not null,
      payload text not null,
      words tsvector not null,
      ${dimensions > 0 ? `vector vector(${dimensions}),` : ""}
      primary key (id, "user", agent, run)
    );
    create index on ${key}.records (created_at, seq);
    create index on ${key}.records ("user", agent, run) include (length);
    create index on ${key}.records using gin (words) with (fastupdate = off);
    ${dimensions > 0 && dimensions <= widestInline ? `alter table ${key}.records alter column vector set storage plain;` : ""}
    ${dimensions > 0 && dimensions <= widestIndex ? `create index on ${key}.records using hnsw (vector vector_cosine_ops);` : ""}
    grant select, insert, update, delete on ${key}.records to ${key};
    alter table ${key}.records enable row level security, force row level security;
    create policy scope on ${key}.records to ${key} using (${scope}) with check (${scope});`);
  await query(`insert into ${key}.manifest values ($1)`, [JSON.stringify(manifest)]);
}

/** pgvector indexes no more than this; wider vectors are compared one by one. */
const widestIndex = 2000;
/** Up to here vectors stay beside the rest of their row, and are compared without being fetched; two rows fit a page. */
const widestInline = 900;

/** Each level of the transaction's scope filter is "any", or an array in PostgreSQL's notation. Where it is not set, nothing matches. */
function levelPolicy(level: string): string {
  const setting = `current_setting('loci.${level}', true)`;
  return `((select ${setting} = 'any') or "${level}" = any ((select case when ${setting} like '{%' then ${setting}::text[] end)::text[]))`;
}

/**
 * Tells the transaction's second lock what the first one, the predicate, is going to say. Returns how many rows autovacuum
 * has counted, -1 before it did.
 */
export async function setScope(query: Session, key: NamespaceKey, scope: ScopeFilter): Promise<number> {
  const levels = [scope.user, scope.agent, scope.run].map((allowed) => (allowed === "any" ? null : allowed));
  const { rows } = await query(
    `select set_config('loci.user', coalesce($1::text[]::text, 'any'), true),
            set_config('loci.agent', coalesce($2::text[]::text, 'any'), true),
            set_config('loci.run', coalesce($3::text[]::text, 'any'), true),
            (select reltuples from pg_class where oid = $4::regclass) as rows`,
    [...levels, `${key}.records`],
  );
  return Number(rows[0]?.rows ?? -1);
}

/** Removes a namespace with its role, and says what stays. */
export async function dropSchema(query: Session, key: NamespaceKey): Promise<readonly Residue[]> {
  await query(`drop schema if exists ${key} cascade`);
  await query("savepoint before_role");
  try {
    await query(`drop role if exists ${key}`);
    return [];
  } catch (error) {
    if ((error as { code?: string }).code !== stillNeeded) throw error;
    await query("rollback to savepoint before_role");
    return [
      {
        where: `the role ${key}, which another database of this server uses`,
        clearedBy: `offboarding there, or DROP ROLE ${key}`,
      },
    ];
  }
}

/** SQLSTATE: other databases of the server still know the role. */
const stillNeeded = "2BP01";
