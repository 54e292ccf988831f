import { InsufficientIsolationError, UnsupportedError } from "@loci/core";
import type { Session } from "./connection.ts";

/** What is asked of the server once. */
export interface ServerFacts {
  readonly version: number;
  /** Where pgvector's type and operators live; undefined where it is not installed. */
  readonly vectorSchema: string | undefined;
}

const oldestServer = 150_000;

/**
 * @throws UnsupportedError for a server or an extension that is too old
 * @throws InsufficientIsolationError for a role for which row-level security does not hold
 */
export async function readServerFacts(query: Session, embedded: boolean): Promise<ServerFacts> {
  const { rows } = await query(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
            r.rolname as role, r.rolsuper or r.rolbypassrls as unlocked, n.nspname as schema, e.extversion as extension
     from pg_roles r
     left join pg_extension e on e.extname = 'vector' left join pg_namespace n on n.oid = e.extnamespace
     where r.rolname = current_user`,
  );
  const { version, name, role, unlocked, schema, extension } = rows[0] ?? {};
  if (Number(version) < oldestServer)
    throw new UnsupportedError(`PostgreSQL ${name} is too old: Loci needs 15 or newer.`);
  if (/^0\.[0-7]\b/.test(String(extension))) {
    throw new UnsupportedError(
      `pgvector ${extension} is too old, Loci needs 0.8 or newer. Install it, then run: ALTER EXTENSION vector UPDATE;`,
    );
  }
  // An application that embeds the database is alone with it. Every call of ours takes the namespace's role all the same.
  if (!embedded && unlocked) {
    throw new InsufficientIsolationError(
      `The role "${role}" is a superuser or has BYPASSRLS, so that row-level security would not hold. Connect as another: CREATE ROLE loci LOGIN NOINHERIT CREATEROLE PASSWORD '...'; GRANT CREATE ON DATABASE ... TO loci;`,
    );
  }
  return { version: Number(version), vectorSchema: schema ? String(schema) : undefined };
}
