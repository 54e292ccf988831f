import type {
  Fields,
  NamespaceKey,
  ScopeKey,
  ScoredRecord,
  StoredRecord,
  VectorRecord,
} from "@loci/core/store";
import type { Connection, Row } from "./connection.ts";
import { signBits, toVector, vectorBytes } from "./sign-index.ts";

const recordColumns =
  "r.row, r.id, r.namespace, r.created_at, r.valid_from, r.valid_to, r.expires_at, r.fields, r.payload, p.user, p.agent, p.run";
const recordTables = "records r join scopes p on p.scope = r.scope";

/** Finds the number of a placement, or gives it one. */
export function rememberScopes(connection: Connection): (scopeKey: ScopeKey) => number {
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

/** Inserts or replaces a record with its words and its vector. */
export function upsertRecord(connection: Connection, record: VectorRecord, scope: number): void {
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

/** Reads the records of some hits in one query, in the order of the hits. */
export function withRecords(connection: Connection, hits: readonly Row[]): readonly ScoredRecord[] {
  const rows = JSON.stringify(hits.map(({ row }) => row));
  const found = connection.all(
    `${selectRecords(false)} where r.row in (select value from json_each(?))`,
    rows,
  );
  const records = new Map(found.map((row) => [row.row, row]));
  return hits.flatMap(({ row, score }) => {
    const record = records.get(row);
    return record ? [{ record: toRecord(record), score: Number(score) }] : [];
  });
}

/** The beginning of a query for whole records, `r`, with or without their vectors. */
export function selectRecords(vectors: boolean | undefined): string {
  return vectors
    ? `select ${recordColumns}, v.vector from ${recordTables} left join vectors v on v.row = r.row`
    : `select ${recordColumns} from ${recordTables}`;
}

export function toRecord(row: Row): StoredRecord {
  const own =
    row.fields === "[]"
      ? {}
      : Object.fromEntries(JSON.parse(String(row.fields)) as [string, Fields[string]][]);
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
    scopeKey: { user: String(row.user), agent: String(row.agent), run: String(row.run) },
    fields,
    payload: String(row.payload),
    ...(row.vector ? { vector: toVector(row.vector) } : {}),
  };
}
