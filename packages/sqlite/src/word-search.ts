import type { DriverTextQuery } from "@loci/core/store";
import type { Connection, Row } from "./connection.ts";
import type { Predicate } from "./dialect.ts";

/** The rows that best match the terms, by BM25 over the organization's texts. */
export function searchWords(connection: Connection, query: DriverTextQuery<Predicate>): Row[] {
  const { where, weights, limit } = query;
  const terms = tellingTerms(connection, query.terms);
  if (terms.length === 0) return [];
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

/**
 * Leaves out the terms that nearly every record has: they take most of the time and add next to nothing to a
 * score, since their inverse document frequency is near zero.
 */
function tellingTerms(connection: Connection, terms: readonly string[]): readonly string[] {
  const rows = Number(connection.get("select max(row) as rows from records")?.rows ?? 0);
  if (rows <= rowsToPrune) return terms;
  const sql = "select term, doc from vocabulary where term in (select value from json_each(?))";
  const known = connection.all(sql, JSON.stringify(terms));
  const common = rows * (rows > largeRows ? commonPart.large : commonPart.small);
  const rare = known.filter(({ doc }) => Number(doc) <= common);
  return (rare.length > 0 ? rare : known).map(({ term }) => String(term));
}

/**
 * Terms in more than this part of the records are left out, where rarer ones are left. From half on, FTS5 gives a
 * term no weight, so that nothing changes but the time; in large namespaces the line is drawn lower.
 */
const commonPart = { small: 0.5, large: 0.25 };
const rowsToPrune = 500;
const largeRows = 2000;

/** A term as an FTS5 string, in which only the quote has a meaning. */
function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}
