import type { NamespaceKey, ScopeFilter } from "@loci/core/store";
import type { Session } from "./connection.ts";

/**
 * The condition of row-level security: the second lock, which holds even where a query forgets its predicate. Each level of the
 * transaction's scope filter is "any", or an array in PostgreSQL's notation. Where it is not set, nothing matches.
 */
export const scopePolicy: string = ["user", "agent", "run"]
  .map((level) => {
    const setting = `current_setting('loci.${level}', true)`;
    return `((select ${setting} = 'any') or "${level}" = any ((select case when ${setting} like '{%' then ${setting}::text[] end)::text[]))`;
  })
  .join(" and ");

/** What the first statement of a transaction learns. */
export interface Locked {
  /** How many rows autovacuum has counted, -1 before it did. */
  readonly counted: number;
  /** Which of the schemas that there were under one name, after one another. */
  readonly made: number;
}

/**
 * Tells the second lock of the transaction what the first one, the predicate, is going to say. Nobody drops the schema from here on,
 * until the transaction has ended.
 */
export async function lockScope(query: Session, key: NamespaceKey, scope: ScopeFilter): Promise<Locked> {
  const levels = [scope.user, scope.agent, scope.run].map((allowed) => (allowed === "any" ? null : allowed));
  const { rows } = await query(
    `select set_config('loci.user', coalesce($1::text[]::text, 'any'), true),
            set_config('loci.agent', coalesce($2::text[]::text, 'any'), true),
            set_config('loci.run', coalesce($3::text[]::text, 'any'), true),
            (select reltuples from pg_class where oid = $4::regclass) as rows, tableoid::int8 as made
     from ${key}.manifest`,
    [...levels, `${key}.records`],
  );
  return { counted: Number(rows[0]?.rows ?? -1), made: Number(rows[0]?.made) };
}
