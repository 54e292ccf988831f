import type { NamespaceDriver } from "@loci/core/store";
import type { Connection } from "./connection.ts";
import type { Predicate } from "./dialect.ts";
import {
  deleteRecords,
  deleteVersions,
  selectRecords,
  toRecord,
  withRecords,
  writeRecord,
} from "./record-rows.ts";
import { searchVectors } from "./sign-index.ts";
import { searchWords } from "./word-search.ts";

/** One namespace: one file. It asks for its connection at each call, since files that are not used are closed. */
export function sqliteNamespace(connect: () => Connection): NamespaceDriver<Predicate> {
  const erase = (task: (connection: Connection) => number): number => {
    const connection = connect();
    const deleted = connection.write(() => task(connection));
    // What was deleted is also in the write-ahead log: this moves the log into the database and empties it.
    if (deleted > 0) connection.get("pragma wal_checkpoint(truncate)");
    return deleted;
  };
  return {
    manifest: connect().manifest,
    async write({ records }) {
      const connection = connect();
      return connection.write(() => records.map((record) => writeRecord(connection, record)));
    },
    search: async (query) => searchVectors(connect(), query),
    async searchText(query) {
      const connection = connect();
      return connection.read(() => withRecords(connection, searchWords(connection, query)));
    },
    async get({ where, vectors }) {
      const connection = connect();
      const sql = `${selectRecords(vectors)} where ${where.sql}`;
      return connection.read(() => connection.all(sql, ...where.parameters)).map(toRecord);
    },
    async list({ where, limit, after = { createdAt: Number.MAX_VALUE, tie: 0 }, vectors }) {
      const connection = connect();
      const sql = `${selectRecords(vectors)} where (r.created_at, r.row) < (?, ?) and ${where.sql}
        order by r.created_at desc, r.row desc limit ?`;
      return connection
        .read(() => connection.all(sql, after.createdAt, after.tie, ...where.parameters, limit))
        .map((row) => ({ record: toRecord(row), tie: Number(row.row) }));
    },
    delete: async ({ where }) => erase((connection) => deleteRecords(connection, where)),
    deleteVersions: async ({ records }) => erase((connection) => deleteVersions(connection, records)),
    async count({ where }) {
      const connection = connect();
      const sql = `select count(*) as count from records r where ${where.sql}`;
      return Number(connection.read(() => connection.get(sql, ...where.parameters))?.count);
    },
  };
}
