import type { DriverTextQuery } from "@loci/core/store";
import type { Connection, Row } from "./connection.ts";
import type { Predicate } from "./dialect.ts";

/**
 * The rows that best match the terms, by BM25 over the organization's texts. Terms that nearly every record has take most of the time
 * and add next to nothing to a score: what has only those follows, the newest first, where the others find too little. So no user's
 * hit goes because others use its words.
 */
export function searchWords(connection: Connection, query: DriverTextQuery<Predicate>): Row[] {
  const { terms, limit } = query;
  const common = commonTerms(connection, terms);
  const telling = terms.filter((term) => !common.has(term));
  const found = telling.length > 0 ? findWords(connection, query, telling, "score desc, r.row") : [];
  if (common.size === 0 || found.length >= limit) return found;
  const rows = new Set(found.map(({ row }) => row));
  const others = findWords(connection, query, [...common], "words.rowid desc");
  return [...found, ...others.filter(({ row }) => !rows.has(row))].slice(0, limit);
}

function findWords(
  connection: Connection,
  { where, weights, limit }: DriverTextQuery<Predicate>,
  terms: readonly string[],
  order: "score desc, r.row" | "words.rowid desc",
): Row[] {
  return connection.all(
    `select r.row, -bm25(words, ?, ?, ?) as score
     from words join records r on r.row = words.rowid
     where words match ? and ${where.sql}
     order by ${order} limit ?`,
    weights.own,
    weights.before,
    weights.after,
    terms.map(quote).join(" OR "),
    ...where.parameters,
    limit,
  );
}

/** The terms that nearly every record has: those whose inverse document frequency is near zero. */
function commonTerms(connection: Connection, terms: readonly string[]): ReadonlySet<string> {
  const rows = Number(connection.get("select max(row) as rows from records")?.rows ?? 0);
  if (rows <= rowsToPrune) return new Set();
  const part = rows > largeRows ? commonPart.large : commonPart.small;
  const sql = "select term from vocabulary where term in (select value from json_each(?)) and doc > ?";
  const found = connection.all(sql, JSON.stringify(terms), rows * part);
  return new Set(found.map(({ term }) => String(term)));
}

/**
 * Terms in more than this part of the records are looked for last. From half on, FTS5 gives a
 * term no weight, so that nothing changes but the time; in large namespaces the line is drawn lower.
 */
const commonPart = { small: 0.5, large: 0.25 };
const rowsToPrune = 500;
const largeRows = 2000;

/** A term as an FTS5 string, in which only the quote has a meaning. */
function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}
