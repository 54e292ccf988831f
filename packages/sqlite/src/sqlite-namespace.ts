import type { NamespaceDriver } from "@loci/core/store";
import type { DatabaseFile } from "./database-file.ts";
import { deleteInTurns, deleteVersionsInTurns } from "./delete-in-turns.ts";
import type { Predicate } from "./dialect.ts";
import { selectRecords, toRecord, withRecords } from "./record-rows.ts";
import { searchVectors } from "./sign-index.ts";
import { searchWords } from "./word-search.ts";
import { writeInTurns } from "./write-in-turns.ts";

/** One namespace: one file. */
export function sqliteNamespace(file: DatabaseFile): NamespaceDriver<Predicate> {
  return {
    manifest: file.manifest,
    ordersWrites: true,
    write: (request) => writeInTurns(file, request),
    search: (query) => searchVectors(file, query),
    searchText: (query) =>
      file.read(query.signal, (connection) => withRecords(connection, searchWords(file, connection, query))),
    async get({ where, vectors, signal }) {
      const sql = `${selectRecords(vectors)} where ${where.sql}`;
      const rows = await file.read(signal, (connection) => connection.values(sql, ...where.parameters));
      return rows.map(toRecord);
    },
    async list({ where, limit, after = { createdAt: Number.MAX_VALUE, tie: 0 }, vectors, signal }) {
      const sql = `${selectRecords(vectors)} where (r.created_at, r.row) < (?, ?) and ${where.sql}
        order by r.created_at desc, r.row desc limit ?`;
      const rows = await file.read(signal, (connection) =>
        connection.values(sql, after.createdAt, after.tie, ...where.parameters, limit),
      );
      return rows.map((row) => ({ record: toRecord(row), tie: Number(row[0]) }));
    },
    delete: ({ where, signal }) => deleteInTurns(file, where, signal),
    deleteVersions: ({ records, signal }) => deleteVersionsInTurns(file, records, signal),
    async count({ where, signal }) {
      const sql = `select count(*) as count from records r where ${where.sql}`;
      const row = await file.read(signal, (connection) => connection.get(sql, ...where.parameters));
      return Number(row?.count);
    },
    residue: () => file.residue(),
  };
}
