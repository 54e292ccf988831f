import type { TextQuery } from "@loci/core";
import type { Connection, Row } from "./connection.ts";
import { predicate } from "./predicate.ts";

/** The rows that best match the terms, by BM25 over the organization's texts. */
export function searchWords(connection: Connection, query: TextQuery): Row[] {
  const { terms, weights, within, filter, limit } = query;
  if (terms.length === 0) return [];
  const where = predicate(within, filter, "r");
  return connection.all(
    `select r.row, -bm25(words, ?, ?, ?) as score
     from words join records r on r.row = words.rowid
     where words match ? and ${where.sql}
     order by score desc, r.row limit ?`,
    weights.own,
    weights.before,
    weights.after,
    terms.map(quote).join(" OR "),
    ...where.parameters,
    limit,
  );
}

/** A term as an FTS5 string, in which only the quote has a meaning. */
function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}
