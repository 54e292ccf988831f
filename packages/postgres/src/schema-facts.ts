import { InsufficientIsolationError, UnsupportedError } from "@loci/core";
import type { NamespaceKey } from "@loci/core/store";
import type { Mode, Session } from "./connection.ts";

/** What a transaction has to know before it finds, creates or drops a namespace. */
export interface SchemaFacts {
  readonly key: NamespaceKey;
  readonly version: number;
  /** Whether the namespace is there. */
  readonly exists: boolean;
  /** The role that the namespace has, or is going to have. */
  readonly role: string;
  /** Where pgvector's type and operators live; undefined where it is not installed. */
  readonly vectorSchema: string | undefined;
}

/**
 * Reads the facts, once no other transaction creates or drops the namespace. In the mode `write` nobody else reads them until this one ends.
 * @throws UnsupportedError for a server or an extension that is too old
 * @throws InsufficientIsolationError for a role for which row-level security does not hold
 */
export async function readSchemaFacts(
  query: Session,
  key: NamespaceKey,
  mode: Mode,
  embedded: boolean,
): Promise<SchemaFacts> {
  const [, { rows }] = await Promise.all([
    query(`select pg_advisory_xact_lock${mode === "read" ? "_shared" : ""}(hashtextextended($1, 0))`, [key]),
    query(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
              r.rolname as login, r.rolsuper or r.rolbypassrls as unlocked, d.oid::int8 as database,
              (select polroles[1]::regrole::text from pg_policy where polrelid = to_regclass($1)) as role,
              quote_ident(n.nspname) as schema, e.extversion as extension
       from pg_roles r join pg_database d on d.datname = current_database()
       left join pg_extension e on e.extname = 'vector' left join pg_namespace n on n.oid = e.extnamespace
       where r.rolname = current_user`,
      [`${key}.records`],
    ),
  ]);
  const { version, name, login, unlocked, database, role, schema, extension } = rows[0] ?? {};
  if (Number(version) < 150_000)
    throw new UnsupportedError(`PostgreSQL ${name} is too old: Loci needs 15 or newer.`);
  if (/^0\.[0-7]\b/.test(String(extension))) {
    throw new UnsupportedError(
      `pgvector ${extension} is too old, Loci needs 0.8 or newer. Install it, then run: ALTER EXTENSION vector UPDATE;`,
    );
  }
  // An application that embeds the database is alone with it. Every call of ours takes the namespace's role all the same.
  if (!embedded && unlocked) {
    throw new InsufficientIsolationError(
      `The role "${login}" is a superuser or has BYPASSRLS, so that row-level security would not hold. Connect as another: CREATE ROLE loci LOGIN NOINHERIT CREATEROLE PASSWORD '...'; GRANT CREATE ON DATABASE ... TO loci;`,
    );
  }
  return {
    key,
    version: Number(version),
    exists: Boolean(role),
    // A database that was renamed, restored or copied keeps the roles that it had. A new one carries the number of its database, since
    // roles belong to the whole server. Its name has 63 bytes, as many as it may have.
    role: String(role ?? `${key}_${Number(database).toString(36)}`),
    vectorSchema: schema ? String(schema) : undefined,
  };
}
