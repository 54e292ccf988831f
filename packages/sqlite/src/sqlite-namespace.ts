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
  Placement,
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
      const scopeOf = rememberScopes(connection);
      for (const record of records) upsertRecord(connection, record, scopeOf(record.placement));
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

/** Finds the number of a placement, or gives it one. */
function rememberScopes(connection: Connection): (placement: Placement) => number {
  const remembered = new Map<string, number>();
  return ({ user, agent, run }) => {
    const key = JSON.stringify([user, agent, run]);
    let scope = remembered.get(key);
    if (scope === undefined) {
      connection.run("insert or ignore into scopes (user, agent, run) values (?, ?, ?)", user, agent, run);
      const row = connection.get(
        "select scope from scopes where user = ? and agent = ? and run = ?",
        user,
        agent,
        run,
      );
      scope = Number(row?.scope);
      remembered.set(key, scope);
    }
    return scope;
  };
}

function upsertRecord(connection: Connection, record: VectorRecord, scope: number): void {
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...fields } = record.fields;
  const known = connection.get("select row from records where id = ? and scope = ?", record.id, scope)?.row;
  if (known !== undefined) {
    for (const table of ["words where rowid", "signs where row", "vectors where row", "records where row"]) {
      connection.run(`delete from ${table} = ?`, known as number);
    }
  }
  // A record that is replaced keeps its row, and so its place among those of the same moment.
  const row = connection.insert(
    `insert into records (row, id, scope, namespace, created_at, valid_from, valid_to, expires_at, fields, payload)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    (known as number | undefined) ?? null,
    record.id,
    scope,
    record.namespace,
    $createdAt,
    $validFrom,
    $validTo,
    $expiresAt,
    JSON.stringify(Object.entries(fields)),
    record.payload,
  );
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

/** Reads the records of some hits in one query, in the order of the hits. */
function withRecords(connection: Connection, hits: readonly Row[]): readonly ScoredRecord[] {
  const rows = JSON.stringify(hits.map(({ row }) => row));
  const found = connection.all(`${select(false)} where r.row in (select value from json_each(?))`, rows);
  const records = new Map(found.map((row) => [row.row, row]));
  return hits.flatMap(({ row, score }) => {
    const record = records.get(row);
    return record ? [{ record: toRecord(record), score: Number(score) }] : [];
  });
}

function select(vectors: boolean | undefined): string {
  return vectors
    ? `select ${recordColumns}, v.vector from ${recordTables} left join vectors v on v.row = r.row`
    : `select ${recordColumns} from ${recordTables}`;
}

function toRecord(row: Row): StoredRecord {
  const own =
    row.fields === "[]" ? {} : Object.fromEntries(JSON.parse(String(row.fields)) as [string, FieldValue][]);
  const fields: Fields = {
    ...own,
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
