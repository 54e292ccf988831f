import type { SQLInputValue } from "node:sqlite";
import type {
  Fields,
  FieldValue,
  Filter,
  ListQuery,
  Manifest,
  Namespace,
  NamespaceKey,
  Page,
  Reach,
  ScoredRecord,
  StoredRecord,
  TextQuery,
  VectorQuery,
  VectorRecord,
} from "@loci/core";
import type { Connection, Row } from "./connection.ts";
import { isNarrow, predicate } from "./predicate.ts";
import {
  calibrate,
  countRows,
  isSmall,
  isStale,
  nearestBySigns,
  nearestExact,
  readCalibration,
  signBits,
  toVector,
  vectorBytes,
} from "./sign-index.ts";
import { searchWords } from "./word-search.ts";

type Signal = { readonly signal?: AbortSignal };

const recordColumns =
  "r.row, r.id, r.namespace, r.created_at, r.valid_from, r.valid_to, r.expires_at, r.fields, r.payload, p.user, p.agent, p.run";
const recordTables = "records r join scopes p on p.scope = r.scope";

/** One namespace: one file. It asks for its connection anew each time, since idle files are closed. */
export class SqliteNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #connect: () => Connection;

  constructor(manifest: Manifest, connect: () => Connection) {
    this.manifest = manifest;
    this.#connect = connect;
  }

  async upsert(records: readonly VectorRecord[], { signal }: Signal = {}): Promise<void> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    connection.write(() => {
      for (const record of records) upsertRecord(connection, record);
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
      const { within, filter, vector, limit } = query;
      const narrow = isNarrow(filter);
      const from = narrow ? "signs s" : "signs s join records r on r.row = s.row";
      const where = predicate(within, filter, narrow ? "s" : "r");
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

  async get(
    ids: readonly string[],
    within: Reach,
    options: Signal & { readonly vectors?: boolean } = {},
  ): Promise<readonly StoredRecord[]> {
    options.signal?.throwIfAborted();
    if (ids.length === 0) return [];
    const connection = this.#connect();
    const where = predicate(within, undefined, "r");
    return connection.read(() =>
      connection
        .all(
          `${select(options.vectors)} where r.id in (select value from json_each(?)) and ${where.sql}`,
          JSON.stringify(ids),
          ...where.parameters,
        )
        .map(toRecord),
    );
  }

  async list({ within, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const where = predicate(within, filter, "r");
    const [created, row]: readonly [SQLInputValue, SQLInputValue] = cursor ? JSON.parse(cursor) : [9e15, 0];
    const rows = connection.read(() =>
      connection.all(
        `${select(vectors)} where (r.created_at, r.row) < (?, ?) and ${where.sql}
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

  async delete(
    target: { readonly ids: readonly string[] } | { readonly filter?: Filter },
    within: Reach,
    { signal }: Signal = {},
  ): Promise<number> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const ids = "ids" in target ? JSON.stringify(target.ids) : undefined;
    const where = predicate(within, "ids" in target ? undefined : target.filter, "r");
    const deleted = connection.write(() => {
      const doomed = JSON.stringify(
        connection
          .all(
            `select r.row from records r where ${where.sql}${ids ? " and r.id in (select value from json_each(?))" : ""}`,
            ...where.parameters,
            ...(ids ? [ids] : []),
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

  async count(within: Reach, filter?: Filter, { signal }: Signal = {}): Promise<number> {
    signal?.throwIfAborted();
    const connection = this.#connect();
    const where = predicate(within, filter, "r");
    return connection.read(() =>
      Number(
        connection.get(`select count(*) as count from records r where ${where.sql}`, ...where.parameters)
          ?.count,
      ),
    );
  }
}

function upsertRecord(connection: Connection, record: VectorRecord): void {
  const { user, agent, run } = record.placement;
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...fields } = record.fields;
  connection.run("insert or ignore into scopes (user, agent, run) values (?, ?, ?)", user, agent, run);
  const scope = Number(
    connection.get("select scope from scopes where user = ? and agent = ? and run = ?", user, agent, run)
      ?.scope,
  );
  const known = connection.get("select row from records where id = ? and scope = ?", record.id, scope)?.row;
  const row = Number(
    connection.get(
      `insert into records (row, id, scope, namespace, created_at, valid_from, valid_to, expires_at, fields, payload)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (row) do update set namespace = excluded.namespace, created_at = excluded.created_at,
         valid_from = excluded.valid_from, valid_to = excluded.valid_to, expires_at = excluded.expires_at,
         fields = excluded.fields, payload = excluded.payload
       returning row`,
      known === undefined ? null : Number(known),
      record.id,
      scope,
      record.namespace,
      $createdAt,
      $validFrom,
      $validTo,
      $expiresAt,
      JSON.stringify(Object.entries(fields)),
      record.payload,
    )?.row,
  );
  if (known !== undefined) {
    for (const table of ["words where rowid", "signs where row", "vectors where row"]) {
      connection.run(`delete from ${table} = ?`, row);
    }
  }
  const { own, before, after } = record.keywords;
  if (own.length + before.length + after.length > 0) {
    connection.run(
      `insert into words (rowid, own, "before", "after") values (?, ?, ?, ?)`,
      row,
      own.join(" "),
      before.join(" "),
      after.join(" "),
    );
  }
  if (!record.vector) return;
  connection.run("insert into vectors (row, vector) values (?, ?)", row, vectorBytes(record.vector));
  connection.run(
    "insert into signs (row, scope, valid_to, expires_at, bits) values (?, ?, ?, ?, ?)",
    row,
    scope,
    $validTo,
    $expiresAt,
    signBits(record.vector),
  );
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

function withRecords(connection: Connection, hits: readonly Row[]): readonly ScoredRecord[] {
  const sql = `${select(false)} where r.row = ?`;
  return hits.flatMap((hit) => {
    const row = connection.get(sql, hit.row as number);
    return row ? [{ record: toRecord(row), score: Number(hit.score) }] : [];
  });
}

function select(vectors: boolean | undefined): string {
  return vectors
    ? `select ${recordColumns}, v.vector from ${recordTables} left join vectors v on v.row = r.row`
    : `select ${recordColumns} from ${recordTables}`;
}

function toRecord(row: Row): StoredRecord {
  const fields: Fields = {
    ...Object.fromEntries(JSON.parse(String(row.fields)) as [string, FieldValue][]),
    $createdAt: Number(row.created_at),
    $validFrom: Number(row.valid_from),
    $validTo: Number(row.valid_to),
    $expiresAt: Number(row.expires_at),
  };
  return {
    id: String(row.id),
    namespace: row.namespace as NamespaceKey,
    placement: { user: String(row.user), agent: String(row.agent), run: String(row.run) },
    fields,
    payload: String(row.payload),
    ...(row.vector ? { vector: toVector(row.vector) } : {}),
  };
}
