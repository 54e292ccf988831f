import { type BigIntStats, existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite";
import { type Manifest, NamespaceNotFoundError } from "@loci/core/store";
import { accessTo, type FileAccess, openDatabase } from "./open-database.ts";
import { checkSchema } from "./schema.ts";
import { loadVectorExtension } from "./vector-extension.ts";

/**
 * One open database file. All work on it is a transaction that begins by checking whether the namespace was dropped
 * meanwhile: a process that holds a file which another one has removed must not write into it.
 */
export class Connection {
  readonly path: string;
  readonly manifest: Manifest;
  readonly #access: FileAccess;
  readonly #file: BigIntStats | undefined;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Those that return each row as a list. */
  readonly #listing = new Map<string, StatementSync>();

  /** Opens a file that exists. It never creates one. */
  constructor(path: string, vectorExtension: string | undefined) {
    this.path = path;
    this.#access = accessTo(path);
    this.#file = stat(path);
    this.#database = openDatabase(path, this.#access);
    try {
      checkSchema(this.#database, path);
      this.manifest = this.read(() => JSON.parse(String(this.get("select content from manifest")?.content)));
      if (this.manifest.embedder) loadVectorExtension(this.#database, vectorExtension);
      this.#database.enableLoadExtension(false);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Whether the file that is open is still the one under its name. */
  get isCurrent(): boolean {
    const now = stat(this.path);
    if (!this.isOpen || !now || !this.#file || now.ino !== this.#file.ino || now.dev !== this.#file.dev)
      return false;
    if (this.#access !== "alone") return true;
    // SQLite does not look whether others write now.
    return (
      now.mtimeNs === this.#file.mtimeNs && now.size === this.#file.size && !existsSync(`${this.path}-wal`)
    );
  }

  /** Runs a task on one state of the database, whatever other processes write meanwhile. */
  read<T>(task: () => T): T {
    return this.#transaction("begin", task);
  }

  /** Runs a task that writes all or nothing. */
  write<T>(task: () => T): T {
    return this.#transaction("begin immediate", task);
  }

  /** Moves the write-ahead log into the database and empties it. Whether that was done: somebody may still read from it. */
  emptyLog(): boolean {
    return this.get("pragma wal_checkpoint(truncate)")?.busy === 0;
  }

  all(sql: string, ...parameters: readonly SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...parameters);
  }

  /** The same as lists of values, in the order of the columns: of many rows, those are read in half the time. */
  values(sql: string, ...parameters: readonly SQLInputValue[]): RowValues[] {
    return this.#prepare(sql, true).all(...parameters) as unknown as RowValues[];
  }

  get(sql: string, ...parameters: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...parameters);
  }

  run(sql: string, ...parameters: readonly SQLInputValue[]): StatementResultingChanges {
    return this.#prepare(sql).run(...parameters);
  }

  close(): void {
    this.#statements.clear();
    this.#listing.clear();
    if (this.isOpen) this.#database.close();
  }

  #transaction<T>(begin: string, task: () => T): T {
    try {
      this.run(begin);
      if (this.get("select dropped from manifest")?.dropped !== 0) throw this.#dropped();
      const result = task();
      this.run("commit");
      return result;
    } catch (error) {
      // On a full disk, among others, SQLite has rolled back by itself.
      if (this.isOpen && this.#database.isTransaction) this.#database.exec("rollback");
      // Who drops a file overwrites it: what a reader then sees is nonsense.
      const failure = NamespaceNotFoundError.isInstance(error) || this.isCurrent ? error : this.#dropped();
      // A removed file keeps its room on the disk until nobody has it open.
      if (NamespaceNotFoundError.isInstance(failure)) this.close();
      throw failure;
    }
  }

  #dropped(): NamespaceNotFoundError {
    const fields = { namespace: basename(this.path, ".db") };
    return new NamespaceNotFoundError(`The namespace at ${this.path} was dropped.`, fields);
  }

  #prepare(sql: string, asLists = false): StatementSync {
    const statements = asLists ? this.#listing : this.#statements;
    const known = statements.get(sql);
    if (known) return known;
    // Filters come in endless shapes; the few that an application uses are soon prepared again.
    if (statements.size >= maxStatements) statements.clear();
    const statement = this.#database.prepare(sql);
    if (asLists) statement.setReturnArrays(true);
    statements.set(sql, statement);
    return statement;
  }
}

function stat(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** A row as node:sqlite returns it. */
export type Row = Record<string, unknown>;

/** The values of a row, in the order of its columns. */
export type RowValues = readonly unknown[];

const maxStatements = 100;
