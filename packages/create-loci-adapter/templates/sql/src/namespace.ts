import { randomUUID } from "node:crypto";
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import {
  bm25,
  columnNames,
  fromColumns,
  type Manifest,
  type NamespaceDriver,
  recordKey,
  type ScoredRecord,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
  type WriteOutcome,
} from "@loci/core/store";
import type { Sql } from "./dialect.ts";

/** Runs a statement and returns its rows. */
export type Run = (sql: string, ...parameters: readonly SQLInputValue[]) => readonly Row[];
/** Runs a task in a transaction of the namespace's database. It fails where that was dropped. */
export type Database = <T>(task: (run: Run) => T) => Promise<T>;
/** Hears of a statement. */
export type Listener = (file: string, sql: string, parameters: readonly SQLInputValue[]) => void;
type Row = Record<string, SQLOutputValue>;

const columns = ["key", "version", "vector", "keywords", "tokens", "numbers", ...columnNames];

/** The calls of one namespace. */
export function openNamespace(manifest: Manifest, database: Database): NamespaceDriver<Sql> {
  const matching = (where: Sql, more = "", ...parameters: readonly SQLInputValue[]) =>
    database((run) =>
      run(`select * from records r where ${where.sql} ${more}`, ...where.parameters, ...parameters),
    );

  return {
    manifest,
    // YOURS: stores each record whole, where what is stored is what it expects, with a version that it never had.
    write: ({ records }) =>
      database((run) =>
        records.map(({ expected, ...record }): WriteOutcome => {
          const key = recordKey(record.id, record.scopeKey);
          const [before] = run("select version from records where key = ?", key);
          const version = expected === "absent" ? undefined : expected?.version;
          if (expected && before?.version !== version) return "conflict";
          const names = columns.map((name) => `"${name}"`);
          run(
            `insert into records (${names.join(", ")}) values (${names.map(() => "?").join(", ")})
             on conflict (key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`,
            ...valuesOf(record),
          );
          return undefined;
        }),
      ),
    // YOURS: the nearest of those that match `where`, with the cosine. Not every record has a vector.
    async search({ where, vector, limit }) {
      const rows = await matching(where, "and vector is not null");
      return best(
        rows.map((row) => ({ record: toRecord(row), score: dot(vectorOf(row), vector) })),
        limit,
      );
    },
    // YOURS: those with any of the terms. Leave it out where your backend has no keyword search, and declare `keyword: false`.
    async searchText({ where, terms, weights, limit }) {
      const rows = await matching(where);
      const documents = rows.map(({ keywords }) => JSON.parse(String(keywords)) as VectorRecord["keywords"]);
      const scores = bm25(documents, terms, weights);
      const hits = rows.map((row, at) => ({ record: toRecord(row), score: scores[at] ?? 0 }));
      return best(
        hits.filter(({ score }) => score > 0),
        limit,
      );
    },
    // YOURS: newest first, then by a tie of your own. `after` is the last record of the page before.
    async list({ where, limit, after = { createdAt: Number.MAX_VALUE, tie: 0 }, vectors }) {
      const order = `and (created_at, "row") < (?, ?) order by created_at desc, "row" desc limit ?`;
      const rows = await matching(where, order, after.createdAt, Number(after.tie), limit);
      return rows.map((row) => ({ record: toRecord(row, vectors), tie: Number(row.row) }));
    },
    // YOURS: deletes what matches, and says how many went.
    delete: ({ where }) =>
      database(
        (run) => run(`delete from records as r where ${where.sql} returning id`, ...where.parameters).length,
      ),
    // YOURS: deletes those that are still at their version.
    deleteVersions: ({ records }) =>
      database((run) => {
        const sql = "delete from records where key = ? and version = ? returning id";
        return records.flatMap(({ id, scopeKey, version }) => run(sql, recordKey(id, scopeKey), version))
          .length;
      }),
    // YOURS: how many match.
    count: async ({ where }) => (await matching(where)).length,
  };
}

/** The values of the columns, in their order. */
function valuesOf(record: VectorRecord): readonly SQLInputValue[] {
  const row: Record<string, unknown> = { ...toTokenRow(record) };
  const own: Record<string, SQLInputValue> = {
    version: randomUUID(),
    vector: record.vector ? JSON.stringify([...record.vector]) : null,
    keywords: JSON.stringify(record.keywords),
    tokens: JSON.stringify(row.tokens),
    numbers: JSON.stringify(Object.fromEntries(row.numbers as [string, number][])),
  };
  return columns.map((name) => own[name] ?? (row[name] as SQLInputValue) ?? null);
}

function toRecord(row: Row, vectors = false): StoredRecord {
  const columns = row as unknown as Parameters<typeof fromColumns>[0];
  return fromColumns(columns, vectors && row.vector !== null ? vectorOf(row) : undefined);
}

function vectorOf({ vector }: Row): readonly number[] {
  return JSON.parse(String(vector));
}

function dot(a: readonly number[], b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function best(hits: ScoredRecord[], limit: number): readonly ScoredRecord[] {
  return hits.sort((a, b) => b.score - a.score).slice(0, limit);
}
