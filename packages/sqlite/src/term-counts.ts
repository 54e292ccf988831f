import type { Connection } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";

/**
 * In which share of a file's rows a term is, as of some moment. To count costs the time of all rows that have the term, and the
 * share changes slowly: it is counted again once the file has grown by a tenth. It decides what is looked for first, and nothing else.
 */
export class TermCounts {
  static readonly #ofFiles = new WeakMap<DatabaseFile, TermCounts>();
  readonly #shares = new Map<string, { readonly share: number; readonly rows: number }>();

  static of(file: DatabaseFile): TermCounts {
    const known = TermCounts.#ofFiles.get(file) ?? new TermCounts();
    TermCounts.#ofFiles.set(file, known);
    return known;
  }

  /** @param rows how many rows the file has now */
  shares(connection: Connection, terms: readonly string[], rows: number): ReadonlyMap<string, number> {
    const isFresh = (term: string) => {
      const known = this.#shares.get(term);
      return known !== undefined && Math.abs(rows - known.rows) <= known.rows / 10;
    };
    const missing = terms.filter((term) => !isFresh(term));
    if (this.#shares.size + missing.length > mostKnown) this.#shares.clear();
    const unknown = terms.filter((term) => !isFresh(term));
    if (unknown.length > 0) {
      const sql = "select term, doc from vocabulary where term in (select value from json_each(?))";
      const counts = new Map(
        connection.all(sql, JSON.stringify(unknown)).map(({ term, doc }) => [String(term), Number(doc)]),
      );
      for (const term of unknown) this.#shares.set(term, { share: (counts.get(term) ?? 0) / rows, rows });
    }
    return new Map(terms.map((term) => [term, this.#shares.get(term)?.share ?? 0]));
  }
}

const mostKnown = 2000;
