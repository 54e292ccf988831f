import type { SQLInputValue } from "node:sqlite";
import {
  columnNames,
  fromColumns,
  type RecordVersion,
  type ScopeKey,
  type ScoredRecord,
  type StoredRecord,
  type VectorRecord,
  type WriteOutcome,
} from "@loci/core/store";
import type { Connection, Row, RowValues } from "./connection.ts";
import { signBits, toVector, vectorBytes } from "./vector-bytes.ts";

/** Inserts or replaces a record with its words and its vector, where what is stored is what it expects. */
export function writeRecord(connection: Connection, record: VectorRecord): WriteOutcome {
  const { id, namespace, payload, keywords, vector, expected } = record;
  const { $createdAt, $validFrom, $validTo: valid_to, $expiresAt: expires_at, ...fields } = record.fields;
  const scope = scopeOf(connection, record.scopeKey);
  const known = connection.get("select row, version from records where id = ? and scope = ?", id, scope);
  if (expected && (expected === "absent" ? known : String(known?.version) !== expected.version))
    return "conflict";
  if (known) deleteRow(connection, Number(known.row));
  const row = insert(connection, "records", {
    // A record that is replaced keeps its row, and so its place among those of the same moment.
    row: known ? Number(known.row) : null,
    id,
    scope,
    namespace,
    created_at: $createdAt,
    valid_from: $validFrom,
    valid_to,
    expires_at,
    fields: JSON.stringify(Object.entries(fields)),
    payload,
    version: randomVersion(),
  });
  const words = [keywords.own, keywords.before, keywords.after].map((terms) => terms.join(" "));
  const [own = "", before = "", after = ""] = words;
  if (own + before + after !== "") insert(connection, "words", { rowid: row, own, before, after });
  if (!vector) return undefined;
  insert(connection, "vectors", { row, vector: vectorBytes(vector) });
  insert(connection, "signs", { row, scope, valid_to, expires_at, bits: signBits(vector) });
  return undefined;
}

/** Random numbers, made in advance: to ask for a few costs as much as to ask for many. */
const random = new Uint32Array(1024);
let used = random.length;

/** A version that no record has had: 52 random bits, which SQLite and JavaScript both keep exactly. */
function randomVersion(): number {
  if (used >= random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  const [high = 0, low = 0] = random.subarray(used, used + 2);
  used += 2;
  return (high >>> 12) * 2 ** 32 + low;
}

/** Finds the number of a scope key, or gives it one. */
function scopeOf(connection: Connection, { user, agent, run }: ScopeKey): number {
  const sql = "select scope from scopes where user = ? and agent = ? and run = ?";
  const known = connection.get(sql, user, agent, run);
  if (known) return Number(known.scope);
  const insert = "insert into scopes (user, agent, run) values (?, ?, ?)";
  return Number(connection.run(insert, user, agent, run).lastInsertRowid);
}

/** Returns the number of the new row. */
function insert(connection: Connection, table: string, row: Record<string, SQLInputValue>): number {
  const columns = Object.keys(row).map((name) => `"${name}"`);
  const values = columns.map(() => "?");
  const sql = `insert into ${table} (${columns.join(", ")}) values (${values.join(", ")})`;
  return Number(connection.run(sql, ...Object.values(row)).lastInsertRowid);
}

/** The row of a record that is still at a version, and the number of its scope key. */
export function rowAtVersion(
  connection: Connection,
  { id, version, scopeKey: { user, agent, run } }: RecordVersion,
): Row | undefined {
  const sql = `select r.row, r.scope from records r join scopes p on p.scope = r.scope
    where r.id = ? and r.version = ? and p.user = ? and p.agent = ? and p.run = ?`;
  return connection.get(sql, id, Number(version), user, agent, run);
}

/** Deletes a record with its words and its vector. */
export function deleteRow(connection: Connection, row: number): void {
  for (const table of ["words where rowid", "signs where row", "vectors where row", "records where row"])
    connection.run(`delete from ${table} = ?`, row);
}

/** Deletes those of some scope keys that no record has any more: they name users. */
export function deleteUnusedScopes(connection: Connection, scopes: ReadonlySet<number>): void {
  if (scopes.size > fewScopes) {
    connection.run("delete from scopes where scope not in (select scope from records)");
    return;
  }
  // A scope key that is in use is mostly soon found.
  const sql =
    "delete from scopes where scope = ? and not exists (select 1 from records r where r.scope = scopes.scope)";
  for (const scope of scopes) connection.run(sql, scope);
}

const fewScopes = 4;

/** Whether a record takes the place of one that is at least as long, or is past its expiry and so says nothing. */
export function takesNoRoom(
  connection: Connection,
  { id, fields, payload, scopeKey }: VectorRecord,
): boolean {
  if (fields.$expiresAt <= Date.now()) return true;
  const { user, agent, run } = scopeKey;
  const sql = `select r.payload from records r join scopes p on p.scope = r.scope
    where r.id = ? and p.user = ? and p.agent = ? and p.run = ?`;
  const known = connection.get(sql, id, user, agent, run);
  return known !== undefined && payload.length <= String(known.payload).length;
}

/** A row that a search has found. */
export interface Hit {
  readonly row: number;
  readonly score: number;
}

/** The hit of a row with a score. */
export function toHit([row, score]: RowValues): Hit {
  return { row: Number(row), score: Number(score) };
}

/** Reads the records of some hits in one query, in the order of the hits. */
export function withRecords(connection: Connection, hits: readonly Hit[]): readonly ScoredRecord[] {
  const sql = `${selectRecords(false)} where r.row in (select value from json_each(?))`;
  const found = connection.values(sql, JSON.stringify(hits.map(({ row }) => row)));
  const records = new Map(found.map((values) => [values[0], values]));
  return hits.flatMap(({ row, score }) => {
    const values = records.get(row);
    return values ? [{ record: toRecord(values), score }] : [];
  });
}

/** The beginning of a query for whole records, `r`, with or without their vectors. Each row is for `toRecord`. */
export function selectRecords(vectors: boolean): string {
  const columns = ["r.row", "r.version", ...columnNames, ...(vectors ? ["v.vector"] : [])].join(", ");
  const tables = "records r join scopes p on p.scope = r.scope";
  return `select ${columns} from ${tables}${vectors ? " left join vectors v on v.row = r.row" : ""}`;
}

/** The record of such a row, whose first value is its number. Fields are a list in JSON here, and not an object as in the columns of core. */
export function toRecord([, version, ...values]: RowValues): StoredRecord {
  const [
    id,
    namespace,
    user,
    agent,
    run,
    created_at,
    valid_from,
    valid_to,
    expires_at,
    fields,
    payload,
    vector,
  ] = values as RecordValues;
  const own = fields === "[]" ? {} : Object.fromEntries(JSON.parse(fields));
  const columns = {
    id,
    namespace,
    user,
    agent,
    run,
    created_at,
    valid_from,
    valid_to,
    expires_at,
    fields,
    payload,
  };
  return fromColumns({ ...columns, version: String(version) }, vector ? toVector(vector) : undefined, own);
}

/** The values of the columns, in the order of `columnNames`, and the vector. */
type RecordValues = [
  id: string,
  namespace: string,
  user: string,
  agent: string,
  run: string,
  created_at: number,
  valid_from: number,
  valid_to: number,
  expires_at: number,
  fields: string,
  payload: string,
  vector?: unknown,
];
