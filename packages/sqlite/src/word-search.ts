import type { DriverTextQuery } from "@loci/core/store";
import type { Connection } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";
import type { Predicate } from "./dialect.ts";
import { type Hit, toHit } from "./record-rows.ts";
import { TermCounts } from "./term-counts.ts";

/**
 * The rows that best match the terms, by BM25 over the organization's texts. Terms that very many records have take most of the time
 * and add little to a score: what has only those follows, the newest first, where the others find too little. So no user's hit goes
 * because others use its words. Where all terms are such, all are ranked.
 */
export function searchWords(
  file: DatabaseFile,
  connection: Connection,
  query: DriverTextQuery<Predicate>,
): Hit[] {
  const { terms, limit } = query;
  const rows = Number(connection.get("select max(row) as rows from records")?.rows ?? 0);
  if (rows <= rowsToPrune) return rankedByWords(connection, query, terms);
  const shares = TermCounts.of(file).shares(connection, terms, rows);
  const common = commonTerms(shares, rows > largeRows ? commonPart.large : commonPart.small);
  // A stem that no record has, as of a language that the query is not in, tells nothing.
  const telling = [...shares.keys()].filter((term) => !common.has(term));
  if (telling.length === 0 || common.size === 0) return rankedByWords(connection, query, terms);
  const found = rankedByWords(connection, query, telling);
  if (found.length >= limit) return found;
  const known = new Set(found.map(({ row }) => row));
  // FTS5 could leave those out itself, in half as long again.
  const others = newestWithWords(connection, query, common).filter(({ row }) => !known.has(row));
  return [...found, ...noBetterThan(found.at(-1), others.slice(0, limit - found.length))];
}

/** Rows that follow another: none has a higher score than that, and the best come first. */
function noBetterThan(last: Hit | undefined, rows: readonly Hit[]): readonly Hit[] {
  const most = last?.score ?? Number.POSITIVE_INFINITY;
  return rows
    .map(({ row, score }) => ({ row, score: Math.min(most, score) }))
    .sort((a, b) => b.score - a.score);
}

function rankedByWords(
  connection: Connection,
  { where, weights, limit }: DriverTextQuery<Predicate>,
  terms: readonly string[],
): Hit[] {
  return connection
    .values(
      `select r.row, -bm25(words, ?, ?, ?) as score
     from words join records r on r.row = words.rowid
     where words match ? and ${where.sql}
     order by score desc, r.row limit ?`,
      weights.own,
      weights.before,
      weights.after,
      anyOf(terms),
      ...where.parameters,
      limit,
    )
    .map(toHit);
}

/**
 * The newest rows with any of the terms, scored by which of them they have. FTS5's own `bm25` would first count through all rows of
 * each term, which are very many.
 */
function newestWithWords(
  connection: Connection,
  { where, weights, limit }: DriverTextQuery<Predicate>,
  rarities: ReadonlyMap<string, number>,
): Hit[] {
  const rows = connection.values(
    `select r.row, own, "before", "after"
     from words join records r on r.row = words.rowid
     where words match ? and ${where.sql}
     order by words.rowid desc limit ?`,
    anyOf([...rarities.keys()]),
    ...where.parameters,
    limit,
  );
  const needles = [...rarities].map(([term, rarity]) => [` ${term} `, rarity] as const);
  return rows.map(([row, ...texts]) => {
    let score = 0;
    for (const [index, field] of (["own", "before", "after"] as const).entries()) {
      const text = ` ${texts[index]} `;
      for (const [needle, rarity] of needles) if (text.includes(needle)) score += weights[field] * rarity;
    }
    return { row: Number(row), score: score || leastRarity };
  });
}

/**
 * The terms that very many records have, each with its inverse document frequency, as FTS5 has it. From half on, FTS5 gives a term
 * next to no weight, so that nothing changes but the time; in large namespaces the line is drawn lower.
 */
function commonTerms(shares: ReadonlyMap<string, number>, part: number): ReadonlyMap<string, number> {
  return new Map(
    [...shares]
      .filter(([, share]) => share > part)
      .map(([term, share]) => [term, share < 0.5 ? Math.log((1 - share) / share) : leastRarity]),
  );
}

/** Terms in more than this part of the records are looked for last. */
const commonPart = { small: 0.5, large: 0.25 };
const rowsToPrune = 500;
const largeRows = 2000;
const leastRarity = 1e-6;

function anyOf(terms: readonly string[]): string {
  return terms.map(quote).join(" OR ");
}

/** A term as an FTS5 string, in which only the quote has a meaning. */
function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}
