import { DatabaseSync } from "node:sqlite";
import { load } from "sqlite-vec";
import type { Item } from "./data.ts";

export function bytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The raw client: the driver, and the durability, that the store uses. */
export function openRaw(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { allowExtension: true });
  load(database);
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384");
  return database;
}

/** What one writes by hand for vector search with a scope: a plain table, and sqlite-vec's own virtual table. */
export function fillVectors(database: DatabaseSync, items: readonly Item[]): void {
  database.exec(`
    create table plain (row integer primary key, user text, agent text, run text, vector blob);
    create virtual table virtual_table using vec0 (vector float[384] distance_metric=cosine);
    begin`);
  const plain = database.prepare("insert into plain values (?, 'alice', '', '', ?)");
  const virtual = database.prepare("insert into virtual_table (rowid, vector) values (?, ?)");
  for (const [index, { vector }] of items.entries()) {
    plain.run(index + 1, bytes(vector));
    virtual.run(BigInt(index + 1), bytes(vector));
  }
  database.exec("commit");
}
