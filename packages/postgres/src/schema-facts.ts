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
  /** What an administrator has to run before the role that connects may use or create the namespace. Empty where it may. */
  readonly grants: string;
  /** Where pgvector's type and operators live; undefined where it is not installed. */
  readonly vectorSchema: string | undefined;
}

/**
 * Reads the facts, once no other transaction creates or drops the namespace. A transaction that writes lets no other read them
 * until it ends.
 * @throws UnsupportedError for a server or an extension that is too old
 * @throws InsufficientIsolationError for a role for which row-level security does not hold
 */
export async function readSchemaFacts(
  query: Session,
  key: NamespaceKey,
  mode: Mode,
  embedded: boolean,
): Promise<SchemaFacts> {
  // An owner needs no grant: its own role loses the membership only in the moment in which it is dropped.
  const [, { rows }] = await Promise.all([
    query(`select pg_advisory_xact_lock${mode === "read" ? "_shared" : ""}(hashtextextended($1, 0))`, [key]),
    query(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
              r.rolname as login, r.rolsuper or r.rolbypassrls as unlocked, d.oid::int8 as database,
              p.role::text as role, quote_ident(n.nspname) as schema, e.extversion as extension,
              case when p.role is null then concat_ws(' ',
                case when not has_database_privilege(d.oid, 'CREATE')
                  then format('GRANT CREATE ON DATABASE %I TO %I;', d.datname, r.rolname) end,
                case when not (r.rolcreaterole or r.rolsuper) then format('ALTER ROLE %I CREATEROLE;', r.rolname) end)
              when p.owner <> r.oid and not pg_has_role(p.role, 'MEMBER') then format('GRANT %s TO %I;', p.owner, r.rolname) else '' end as grants
       from pg_roles r join pg_database d on d.datname = current_database()
       left join pg_extension e on e.extname = 'vector' left join pg_namespace n on n.oid = e.extnamespace
       left join (select polroles[1]::regrole as role, relowner::regrole as owner from pg_policy
                  join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace
                  where nspname = $1 and relname = 'records') p on true
       where r.rolname = current_user`,
      [key],
    ),
  ]);
  const { version, name, login, unlocked, database, role, schema, extension, grants } = rows[0] ?? {};
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
    // A database that was renamed, restored or copied keeps the roles that its schemas name. A new role carries the number of its
    // database, since roles belong to the whole server. 63 bytes, as many as a name may have.
    role: String(role ?? `${key}_${Number(database).toString(36)}`),
    grants: String(grants),
    vectorSchema: schema ? String(schema) : undefined,
  };
}
