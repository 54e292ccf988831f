import type { Connection } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";

/**
 * Which share of a file's rows has a term. To count costs the time of all rows that have it, and of a frequent term the share
 * changes slowly: that is counted again once the file has grown by a tenth. What is rare is counted each time.
 */
export class TermCounts {
  static readonly #ofFiles = new WeakMap<DatabaseFile, TermCounts>();
  readonly #frequent = new Map<string, { readonly share: number; readonly rows: number }>();

  static of(file: DatabaseFile): TermCounts {
    const known = TermCounts.#ofFiles.get(file) ?? new TermCounts();
    TermCounts.#ofFiles.set(file, known);
    return known;
  }

  /**
   * The shares of those terms that any row has.
   * @param rows how many rows the file has now
   */
  shares(connection: Connection, terms: readonly string[], rows: number): ReadonlyMap<string, number> {
    const shares = new Map<string, number>();
    for (const term of terms) {
      const known = this.#frequent.get(term);
      if (known && Math.abs(rows - known.rows) <= known.rows / 10) shares.set(term, known.share);
    }
    const missing = terms.filter((term) => !shares.has(term));
    if (missing.length === 0) return shares;
    const sql = "select term, doc from vocabulary where term in (select value from json_each(?))";
    for (const { term, doc } of connection.all(sql, JSON.stringify(missing))) {
      const share = Number(doc) / rows;
      shares.set(String(term), share);
      if (share < frequent) continue;
      if (this.#frequent.size >= mostKnown) this.#frequent.clear();
      this.#frequent.set(String(term), { share, rows });
    }
    return shares;
  }
}

const frequent = 0.1;
const mostKnown = 1000;
