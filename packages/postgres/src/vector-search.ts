import type { DriverVectorQuery, NamespaceKey, ScoredRecord } from "@loci/core/store";
import type { Predicate } from "./dialect.ts";
import { recordColumns, toScored, vectorText } from "./record-rows.ts";
import type { SchemaTransaction } from "./schema-transaction.ts";
import { SqlParameters } from "./sql-parameters.ts";

/** The search of one namespace by vectors: exact where it is small, by the index where that finds enough. */
export function vectorSearch(
  key: NamespaceKey,
  transaction: SchemaTransaction,
): (query: DriverVectorQuery<Predicate>) => Promise<readonly ScoredRecord[]> {
  /** As many rows as autovacuum has counted, when last looked at. */
  let rows: number | undefined;
  return ({ where, vector, limit, ...query }) => {
    const parameters = new SqlParameters();
    const visible = where(parameters);
    const wanted = parameters.add(vectorText(vector), "vector");
    const most = parameters.add(limit, "int");
    // The columns are made into text for what was found alone, not for every row that was compared.
    const nearest = (order: string) => `select ${recordColumns()}, r.score from (
        select r.*, 1 - (r.vector <=> ${wanted}) as score from ${key}.records r
        where ${visible} and r.vector is not null order by ${order} limit ${most}
      ) r order by r.score desc, r.seq`;
    return transaction("read", query, async (session, counted) => {
      const told = counted.then((count) => {
        rows = count;
      });
      // The first search waits for the number; later ones go by the last one that was seen.
      if (rows === undefined) await told;
      if ((rows ?? 0) > exactRows) {
        const breadth = String(Math.min(widestSearch, Math.max(200, 4 * limit)));
        const [, , near] = await Promise.all([
          told,
          session(iterative, [breadth]),
          session(nearest(`r.vector <=> ${wanted}`), parameters.values),
        ]);
        if (near.rows.length >= limit) return near.rows.map(toScored);
      }
      // Ordered by what no index knows, so that every vector is compared.
      const [, found] = await Promise.all([told, session(nearest("score desc, r.seq"), parameters.values)]);
      return found.rows.map(toScored);
    });
  };
}

/** Up to here vectors are compared one by one; above, by the index. As many as autovacuum has counted. */
const exactRows = 10_000;
/** How far the index looks, by pgvector's `hnsw.ef_search`. */
const widestSearch = 1000;
const iterative =
  "select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'strict_order', true)";
