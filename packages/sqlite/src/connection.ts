import { basename } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite";
import { type Manifest, NamespaceNotFoundError } from "@loci/core/store";
import { openDatabase } from "./open-database.ts";
import { checkSchema } from "./schema.ts";

/**
 * One open database file. All work on it is a transaction that begins by checking whether the namespace was dropped
 * meanwhile: a process that holds a file which another one has removed must not write into it.
 */
export class Connection {
  readonly manifest: Manifest;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens a file that exists. It never creates one. */
  constructor(path: string, busyTimeout: number) {
    this.#path = path;
    this.#database = openDatabase(path, busyTimeout);
    try {
      checkSchema(this.#database, path);
      this.manifest = this.read(() => JSON.parse(String(this.get("select content from manifest")?.content)));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Runs a task on one state of the database, whatever other processes write meanwhile. */
  read<T>(task: () => T): T {
    return this.#transaction("begin", task);
  }

  /** Runs a task that writes all or nothing. */
  write<T>(task: () => T): T {
    return this.#transaction("begin immediate", task);
  }

  all(sql: string, ...parameters: readonly SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...parameters);
  }

  get(sql: string, ...parameters: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...parameters);
  }

  run(sql: string, ...parameters: readonly SQLInputValue[]): StatementResultingChanges {
    return this.#prepare(sql).run(...parameters);
  }

  close(): void {
    this.#statements.clear();
    if (this.isOpen) this.#database.close();
  }

  #transaction<T>(begin: string, task: () => T): T {
    this.#database.exec(begin);
    try {
      if (this.get("select dropped from manifest")?.dropped !== 0) {
        const fields = { namespace: basename(this.#path, ".db") };
        throw new NamespaceNotFoundError(`The namespace at ${this.#path} was dropped.`, fields);
      }
      const result = task();
      this.#database.exec("commit");
      return result;
    } catch (error) {
      // On a full disk, among others, SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec("rollback");
      // A removed file keeps its room on the disk, and its text, until nobody has it open.
      if (NamespaceNotFoundError.isInstance(error)) this.close();
      throw error;
    }
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

/** A row as node:sqlite returns it. */
export type Row = Record<string, unknown>;

const maxStatements = 100;
