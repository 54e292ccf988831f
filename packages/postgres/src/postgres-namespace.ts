import {
  type DriverQuery,
  type Manifest,
  type NamespaceDriver,
  type NamespaceKey,
  scopeFilter,
} from "@loci/core/store";
import type { Mode, Result } from "./connection.ts";
import type { Database } from "./database.ts";
import type { Predicate } from "./dialect.ts";
import { Parameters } from "./parameters.ts";
import { recordColumns, toRecord, toRows, toScored, upsertSql } from "./record-rows.ts";
import { setScope } from "./schema.ts";
import { vectorSearch } from "./vector-search.ts";
import { wordSearch } from "./word-search.ts";

/** One namespace: one schema. */
export function postgresNamespace(
  key: NamespaceKey,
  manifest: Manifest,
  database: Database,
): NamespaceDriver<Predicate> {
  const hasVectors = manifest.embedder !== null;
  /** Runs one statement under the namespace's role and the second lock. */
  const run = (
    mode: Mode,
    { scope, signal }: Pick<DriverQuery<Predicate>, "scope" | "signal">,
    statement: (parameters: Parameters) => string,
  ): Promise<Result> => {
    const parameters = new Parameters();
    const sql = statement(parameters);
    return database.asRole(key, mode, signal, async (query) => {
      const [, result] = await Promise.all([setScope(query, key, scope), query(sql, parameters.values)]);
      return result;
    });
  };
  const select = (vectors: boolean) => `select ${recordColumns(vectors && hasVectors)} from ${key}.records r`;

  return {
    manifest,
    async write({ records, signal }) {
      const everything = { scope: scopeFilter({}, "within"), signal };
      await run("write", everything, (parameters) =>
        upsertSql(key, hasVectors, parameters.add(toRows(records), "json")),
      );
      return [];
    },
    search: vectorSearch(key, database),
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
      const sql = (parameters: Parameters) => `delete from ${key}.records r where ${where(parameters)}`;
      return (await run("write", query, sql)).count;
    },
    async count({ where, ...query }) {
      const sql = (parameters: Parameters) =>
        `select count(*) from ${key}.records r where ${where(parameters)}`;
      return Number((await run("read", query, sql)).rows[0]?.count);
    },
  };
}
