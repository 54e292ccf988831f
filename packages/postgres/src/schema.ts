import type { Manifest, NamespaceKey, Residue, ScopeFilter } from "@loci/core/store";
import type { Session } from "./connection.ts";

/** pgvector indexes no more than this; wider vectors are compared one by one. */
const widestIndex = 2000;
/** Up to here vectors stay beside the rest of their row, and are compared without being fetched; two rows fit a page. */
const widestInline = 900;
/** SQLSTATE: other databases of the server still know the role. */
const stillNeeded = "2BP01";

/** Whether a namespace is there, by looking at the catalog. */
export async function exists(query: Session, key: NamespaceKey): Promise<boolean> {
  return (await query("select 1 from pg_namespace where nspname = $1", [key])).rows.length > 0;
}

/** Lets one transaction at a time create or drop a namespace. */
export async function lock(query: Session, key: NamespaceKey): Promise<void> {
  await query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [key]);
}

/**
 * Makes a namespace: a schema, a role that may use nothing else, and a lock on the rows which holds even where a query
 * forgets its predicate. The tables belong to whoever connects; for all but the role they are empty.
 */
export async function createSchema(
  query: Session,
  key: NamespaceKey,
  manifest: Manifest,
  version: number,
): Promise<void> {
  const dimensions = manifest.embedder?.dimensions;
  const known = await query("select 1 from pg_roles where rolname = $1", [key]);
  // Another database of the same server may have an organization of the same name, and so the role.
  if (known.rows.length === 0) await query(`create role ${key} nologin`);
  await query(`grant ${key} to current_user${version >= 160_000 ? " with set true, inherit false" : ""}`);
  await query(`create schema ${key}`);
  await query(`grant usage on schema ${key} to ${key}`);
  await query(`create table ${key}.manifest (content text not null)`);
  await query(`insert into ${key}.manifest values ($1)`, [JSON.stringify(manifest)]);
  await query(`grant select on ${key}.manifest to ${key}`);
  await query(`create table ${key}.records (
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
    ${dimensions ? `vector vector(${Number(dimensions)}),` : ""}
    primary key (id, "user", agent, run)
  )`);
  if (dimensions && dimensions <= widestInline) {
    await query(`alter table ${key}.records alter column vector set storage plain`);
  }
  await query(`create index on ${key}.records (created_at, seq)`);
  await query(`create index on ${key}.records ("user", agent, run) include (length)`);
  await query(`create index on ${key}.records using gin (words) with (fastupdate = off)`);
  if (dimensions && dimensions <= widestIndex)
    await query(`create index on ${key}.records using hnsw (vector vector_cosine_ops)`);
  await query(`grant select, insert, update, delete on ${key}.records to ${key}`);
  await query(`alter table ${key}.records enable row level security, force row level security`);
  const scope = (["user", "agent", "run"] as const).map(levelPolicy).join(" and ");
  await query(`create policy reach on ${key}.records to ${key} using (${scope}) with check (${scope})`);
}

/** Each level of the transaction's reach is "any", or an array in PostgreSQL's notation; where it is not set, nothing matches. */
function levelPolicy(level: string): string {
  const setting = `current_setting('loci.${level}', true)`;
  return `((select ${setting} = 'any') or "${level}" = any ((select case when ${setting} like '{%' then ${setting}::text[] end)::text[]))`;
}

/**
 * Tells the transaction's second lock what the first one, the predicate, is going to say. Returns how many rows autovacuum
 * has counted, -1 before it did.
 */
export async function setReach(query: Session, key: NamespaceKey, scope: ScopeFilter): Promise<number> {
  const [user, agent, run] = (["user", "agent", "run"] as const).map((level) => {
    const allowed = scope[level];
    return allowed === "any" ? null : allowed;
  });
  const { rows } = await query(
    `select set_config('loci.user', coalesce($1::text[]::text, 'any'), true),
            set_config('loci.agent', coalesce($2::text[]::text, 'any'), true),
            set_config('loci.run', coalesce($3::text[]::text, 'any'), true),
            (select reltuples from pg_class where oid = $4::regclass) as rows`,
    [user, agent, run, `${key}.records`],
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
