import type { SQLInputValue } from "node:sqlite";
import type {
  DeleteRequest,
  GetQuery,
  ListQuery,
  Manifest,
  Namespace,
  Page,
  Query,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  UpsertRequest,
  VectorQuery,
} from "@loci/core/store";
import type { Connection } from "./connection.ts";
import { isNarrow, predicate } from "./predicate.ts";
import { rememberScopes, selectRecords, toRecord, upsertRecord, withRecords } from "./record-rows.ts";
import {
  calibrate,
  countRows,
  isSmall,
  isStale,
  nearestBySigns,
  nearestExact,
  readCalibration,
} from "./sign-index.ts";
import { searchWords } from "./word-search.ts";

/** One namespace: one file. It asks for its connection anew each time, since idle files are closed. */
export class SqliteNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #connect: () => Connection;

  constructor(manifest: Manifest, connect: () => Connection) {
    this.manifest = manifest;
    this.#connect = connect;
  }

  async upsert({ records, signal }: UpsertRequest): Promise<void> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    connection.write(() => {
      const scopeOf = rememberScopes(connection);
      for (const record of records) upsertRecord(connection, record, scopeOf(record.scopeKey));
    });
  }

  async search(query: VectorQuery): Promise<readonly ScoredRecord[]> {
    query.signal?.throwIfAborted();
    const connection = this.#connect();
    const { calibration, rows } = connection.read(() => ({
      calibration: readCalibration(connection),
      rows: countRows(connection),
    }));
    const measured =
      isSmall(rows) || !isStale(calibration, rows) ? calibration : recalibrate(connection, rows);
    return connection.read(() => {
      const { scope, filter, vector, limit } = query;
      const narrow = isNarrow(filter);
      const from = narrow ? "signs s" : "signs s join records r on r.row = s.row";
      const where = predicate(scope, filter, narrow ? "s" : "r");
      const hits =
        isSmall(rows) || !measured?.candidates
          ? nearestExact(connection, from, where, vector, limit)
          : nearestBySigns(connection, from, where, vector, limit, Math.max(measured.candidates, 4 * limit));
      return withRecords(connection, hits);
    });
  }

  async searchText(query: TextQuery): Promise<readonly ScoredRecord[]> {
    query.signal?.throwIfAborted();
    const connection = this.#connect();
    return connection.read(() => withRecords(connection, searchWords(connection, query)));
  }

  async get({ ids, scope, vectors, signal }: GetQuery): Promise<readonly StoredRecord[]> {
    signal?.throwIfAborted();
    if (ids.length === 0) return [];
    const connection = this.#connect();
    const where = predicate(scope, undefined, "r");
    return connection.read(() =>
      connection
        .all(
          `${selectRecords(vectors)} where r.id in (select value from json_each(?)) and ${where.sql}`,
          JSON.stringify(ids),
          ...where.parameters,
        )
        .map(toRecord),
    );
  }

  async list({ scope, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const where = predicate(scope, filter, "r");
    const [created, row]: readonly [SQLInputValue, SQLInputValue] = cursor ? JSON.parse(cursor) : [9e15, 0];
    const rows = connection.read(() =>
      connection.all(
        `${selectRecords(vectors)} where (r.created_at, r.row) < (?, ?) and ${where.sql}
         order by r.created_at desc, r.row desc limit ?`,
        created,
        row,
        ...where.parameters,
        limit + 1,
      ),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      records: page.map(toRecord),
      ...(last && rows.length > limit ? { cursor: JSON.stringify([last.created_at, last.row]) } : {}),
    };
  }

  async delete({ scope, ids, filter, signal }: DeleteRequest): Promise<number> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const wanted = ids && JSON.stringify(ids);
    const where = predicate(scope, filter, "r");
    const deleted = connection.write(() => {
      const doomed = JSON.stringify(
        connection
          .all(
            `select r.row from records r where ${where.sql}${wanted ? " and r.id in (select value from json_each(?))" : ""}`,
            ...where.parameters,
            ...(wanted ? [wanted] : []),
          )
          .map((record) => record.row),
      );
      const these = "in (select value from json_each(?))";
      connection.run(`delete from words where rowid ${these}`, doomed);
      connection.run(`delete from signs where row ${these}`, doomed);
      connection.run(`delete from vectors where row ${these}`, doomed);
      const count = connection.run(`delete from records where row ${these}`, doomed);
      connection.run("delete from scopes where scope not in (select scope from records)");
      return count;
    });
    if (deleted > 0) connection.truncateLog();
    return deleted;
  }

  async count({ scope, filter, signal }: Query): Promise<number> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const where = predicate(scope, filter, "r");
    return connection.read(() =>
      Number(
        connection.get(`select count(*) as count from records r where ${where.sql}`, ...where.parameters)
          ?.count,
      ),
    );
  }
}

function recalibrate(connection: Connection, rows: number) {
  const calibration = connection.read(() => calibrate(connection, rows));
  connection.write(() =>
    connection.run(
      "insert or replace into calibration (only, rows, candidates) values (1, ?, ?)",
      calibration.rows,
      calibration.candidates,
    ),
  );
  return calibration;
}
