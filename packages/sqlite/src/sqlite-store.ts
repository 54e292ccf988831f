import { InvalidInputError, UnsupportedError } from "@loci/core";
import type { DropReport, Namespace, NamespaceKey, VectorStore } from "@loci/core/store";
import { Connection, notFound } from "./connection.ts";
import { DatabaseFiles } from "./database-files.ts";
import { SqliteNamespace } from "./sqlite-namespace.ts";

/** Options of `sqlite`. */
export interface SqliteOptions {
  /** The folder for the database files, made with mode 0700 where it does not exist. */
  readonly directory: string;
  /** The most files open at once, 1 or more; the least recently used one is closed first. Default: 128. */
  readonly maxOpenFiles?: number;
  /** How long a call waits for another process that is writing to the same file, in milliseconds. Default: 5000. */
  readonly busyTimeout?: number;
}

/**
 * Keeps each organization in one SQLite file of its own. Nothing is opened before the first call.
 * @throws InvalidInputError for options out of range; UnsupportedError on a Node before 22.16
 */
export function sqlite(options: SqliteOptions): VectorStore {
  const { directory, maxOpenFiles = 128, busyTimeout = 5000, ...unknown } = options;
  if (typeof directory !== "string" || directory === "") {
    fail("directory", 'must be the path of a folder, as in sqlite({ directory: ".loci" })');
  }
  for (const [name, value] of Object.entries({ maxOpenFiles, busyTimeout })) {
    if (!Number.isInteger(value) || value < 1) fail(name, "must be a whole number from 1 on");
  }
  const [surplus] = Object.keys(unknown);
  if (surplus) fail(surplus, "is no option; there are directory, maxOpenFiles, busyTimeout");
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 16)) {
    throw new UnsupportedError(
      `The SQLite inside Node ${process.versions.node} has no full-text search (FTS5): use Node 22.16 or newer.`,
    );
  }
  return new SqliteStore(new DatabaseFiles(directory), maxOpenFiles, busyTimeout);
}

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

class SqliteStore implements VectorStore {
  readonly specVersion = 1;
  readonly name = "sqlite";
  readonly capabilities = {
    isolation: "physical",
    keyword: true,
    scoreIsolation: "organization",
    erasure: "physical",
    readYourWrites: true,
  } as const;
  readonly #files: DatabaseFiles;
  readonly #maxOpenFiles: number;
  readonly #busyTimeout: number;
  /** In the order of their last use. */
  readonly #connections = new Map<NamespaceKey, Connection>();

  constructor(files: DatabaseFiles, maxOpenFiles: number, busyTimeout: number) {
    this.#files = files;
    this.#maxOpenFiles = maxOpenFiles;
    this.#busyTimeout = busyTimeout;
  }

  async open({ key, create, signal }: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
    signal?.throwIfAborted();
    if (create && !this.#files.exists(key)) this.#files.create(key, create, this.#busyTimeout);
    return new SqliteNamespace(this.#connect(key).manifest, () => this.#connect(key));
  }

  async drop({ key, signal }: Parameters<VectorStore["drop"]>[0]): Promise<DropReport> {
    signal?.throwIfAborted();
    const dropped = this.#files.exists(key);
    if (dropped) this.#fence(key);
    this.#disconnect(key);
    this.#files.remove(key);
    const residue = this.#files
      .list(key)
      .map((where) => ({ where, clearedBy: "offboarding again, or removing the file" }));
    return { dropped, residue };
  }

  async leftovers({ key }: Parameters<VectorStore["drop"]>[0]): Promise<readonly string[]> {
    return this.#files.list(key).map((name) => `the file ${name}`);
  }

  async close(): Promise<void> {
    for (const key of [...this.#connections.keys()]) this.#disconnect(key);
  }

  /** Tells processes that hold the file open that it is gone, before its name is. A broken file is just removed. */
  #fence(key: NamespaceKey): void {
    try {
      this.#connect(key).markDropped();
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable) throw error;
    }
  }

  #connect(key: NamespaceKey): Connection {
    const known = this.#connections.get(key);
    if (known) {
      this.#connections.delete(key);
      this.#connections.set(key, known);
      return known;
    }
    if (!this.#files.exists(key)) throw notFound(this.#files.path(key));
    const connection = new Connection(this.#files.path(key), this.#busyTimeout);
    this.#connections.set(key, connection);
    const [oldest] = this.#connections.keys();
    if (this.#connections.size > this.#maxOpenFiles && oldest) this.#disconnect(oldest);
    return connection;
  }

  #disconnect(key: NamespaceKey): void {
    this.#connections.get(key)?.close();
    this.#connections.delete(key);
  }
}
