import { type Manifest, type NamespaceDriver, type NamespaceKey, scopeFilter } from "@loci/core/store";
import type { Mode, Result } from "./connection.ts";
import type { Predicate } from "./dialect.ts";
import { recordColumns, toRecord, toRows, toScored, toVersions } from "./record-rows.ts";
import type { SchemaTransaction } from "./schema-transaction.ts";
import { SqlParameters } from "./sql-parameters.ts";
import { vectorSearch } from "./vector-search.ts";
import { wordSearch } from "./word-search.ts";
import { deleteSql, deleteVersionsSql, writeSql } from "./write-sql.ts";

/** One namespace: one schema. */
export function postgresNamespace(
  key: NamespaceKey,
  manifest: Manifest,
  transaction: SchemaTransaction,
): NamespaceDriver<Predicate> {
  const hasVectors = manifest.embedder !== null;
  const run = (
    mode: Mode,
    query: Parameters<SchemaTransaction>[1],
    statement: (parameters: SqlParameters) => string,
  ): Promise<Result> => {
    const parameters = new SqlParameters();
    const sql = statement(parameters);
    return transaction(mode, query, (session) => session(sql, parameters.values));
  };
  const select = (vectors: boolean) => `select ${recordColumns(vectors && hasVectors)} from ${key}.records r`;

  return {
    manifest,
    async write({ records, signal }) {
      const everything = { scope: scopeFilter({}, "within"), signal };
      const { rows } = await run("write", everything, (parameters) =>
        writeSql(key, hasVectors, records, parameters.add(toRows(records), "json")),
      );
      const written = new Set(rows.map(({ seq }) => Number(seq)));
      return records.map((_, index) => (written.has(index) ? undefined : "conflict"));
    },
    search: vectorSearch(key, transaction),
    async searchText(query) {
      const { rows } = await run("read", query, (parameters) => wordSearch(key, query, parameters));
      return rows.map(toScored);
    },
    async get({ where, vectors, ...query }) {
      const { rows } = await run(
        "read",
        query,
        (parameters) => `${select(vectors)} where ${where(parameters)}`,
      );
      return rows.map(toRecord);
    },
    async list({ where, limit, after, vectors, ...query }) {
      const { rows } = await run("read", query, (parameters) => {
        const position = after
          ? `and (r.created_at, r.seq) < (${parameters.add(after.createdAt, "float8")}, ${parameters.add(after.tie, "bigint")})`
          : "";
        return `${select(vectors)} where ${where(parameters)} ${position}
          order by r.created_at desc, r.seq desc limit ${parameters.add(limit, "int")}`;
      });
      return rows.map((row) => ({ record: toRecord(row), tie: String(row.seq) }));
    },
    async delete({ where, ...query }) {
      const sql = (parameters: SqlParameters) => deleteSql(key, where(parameters));
      return (await run("write", query, sql)).count;
    },
    async deleteVersions({ records, ...query }) {
      const sql = (parameters: SqlParameters) =>
        deleteVersionsSql(key, parameters.add(toVersions(records), "json"));
      return (await run("write", query, sql)).count;
    },
    async count({ where, ...query }) {
      const sql = (parameters: SqlParameters) =>
        `select count(*) from ${key}.records r where ${where(parameters)}`;
      return Number((await run("read", query, sql)).rows[0]?.count);
    },
  };
}
