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

/**
 * Tells the second lock of the transaction what the first one, the predicate, is going to say. Returns how many rows autovacuum
 * has counted, -1 before it did.
 */
export async function lockScope(query: Session, key: NamespaceKey, scope: ScopeFilter): Promise<number> {
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
