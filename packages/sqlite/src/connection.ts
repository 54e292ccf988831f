import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Manifest, NamespaceNotFoundError } from "@loci/core/store";
import { load } from "sqlite-vec";
import { mappingErrors } from "./map-error.ts";
import { checkSchema } from "./schema.ts";

const maxStatements = 100;

/** A row as node:sqlite returns it. */
export type Row = Record<string, unknown>;

/**
 * One open database file. All work on it is a transaction that begins by looking whether the namespace was
 * dropped meanwhile: a process that still holds a file which another one has removed must not write into it.
 */
export class Connection {
  readonly manifest: Manifest;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens a file that exists. It never creates one. */
  constructor(path: string, busyTimeout: number) {
    this.#path = path;
    this.#database = mappingErrors(path, () => openDatabase(path, busyTimeout));
    try {
      this.manifest = mappingErrors(path, () => {
        checkSchema(this.#database, path);
        const row = this.get("select content, dropped from manifest");
        if (!row || row.dropped) throw notFound(path);
        return JSON.parse(String(row.content)) as Manifest;
      });
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Runs a task on one state of the database, whatever other processes write meanwhile. */
  read<T>(task: () => T): T {
    return this.#transaction("begin", task);
  }

  /** Runs a task that writes all or nothing. */
  write<T>(task: () => T): T {
    return this.#transaction("begin immediate", task);
  }

  /** Marks the namespace as dropped, for processes that hold the file open. */
  markDropped(): void {
    mappingErrors(this.#path, () => {
      this.#database.exec("update manifest set dropped = 1");
    });
  }

  /** Moves the write-ahead log into the database and empties it, so that deleted text does not stay in it. */
  truncateLog(): void {
    mappingErrors(this.#path, () => {
      this.#database.exec("pragma wal_checkpoint(truncate)");
    });
  }

  all(sql: string, ...parameters: readonly SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...parameters) as Row[];
  }

  get(sql: string, ...parameters: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...parameters) as Row | undefined;
  }

  run(sql: string, ...parameters: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...parameters).changes);
  }

  /** The row that an insertion made. */
  insert(sql: string, ...parameters: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...parameters).lastInsertRowid);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #transaction<T>(begin: string, task: () => T): T {
    return mappingErrors(this.#path, () => {
      this.#database.exec(begin);
      try {
        if (this.get("select dropped from manifest")?.dropped) throw notFound(this.#path);
        const result = task();
        this.#database.exec("commit");
        return result;
      } catch (error) {
        // On a full disk, among others, SQLite has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec("rollback");
        throw error;
      }
    });
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    // Filters come in endless shapes; the few that an application uses are soon prepared again.
    if (this.#statements.size >= maxStatements) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Opens a file with what every connection needs, and changes nothing in it. The file has to exist. */
export function openDatabase(path: string, busyTimeout: number): DatabaseSync {
  const database = new DatabaseSync(`${pathToFileURL(path).href}?mode=rw`, { allowExtension: true });
  try {
    load(database);
    database.enableLoadExtension(false);
    // `full` keeps what was acknowledged through a power cut; `secure_delete` overwrites what is deleted.
    database.exec(`
      pragma busy_timeout = ${busyTimeout};
      pragma synchronous = full;
      pragma secure_delete = on;
      pragma trusted_schema = off;
      pragma cache_size = -16384;
      pragma mmap_size = 268435456;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function notFound(path: string): NamespaceNotFoundError {
  return new NamespaceNotFoundError(`There is no namespace at ${path}.`, { namespace: path });
}
