import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Manifest, NamespaceNotFoundError, type Residue } from "@loci/core/store";
import { isFull } from "./classify.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { Pace } from "./pace.ts";
import type { Reserve } from "./reserve.ts";
import type { WriteAheadLogs } from "./write-ahead-logs.ts";

/** The file of one namespace, as a handle on that namespace uses it. */
export class DatabaseFile {
  readonly path: string;
  readonly manifest: Manifest;
  readonly #folder: DatabaseFolder;
  readonly #pace = new Pace();

  private constructor(path: string, manifest: Manifest, folder: DatabaseFolder) {
    this.path = path;
    this.manifest = manifest;
    this.#folder = folder;
  }

  /** Opens a file that exists. */
  static async open(path: string, folder: DatabaseFolder, signal: AbortSignal): Promise<DatabaseFile> {
    const manifest = await folder.connections.use(path, signal, (connection) => connection.manifest);
    return new DatabaseFile(path, manifest, folder);
  }

  /** Runs a task on one state of the database. */
  read<T>(signal: AbortSignal, task: (connection: Connection) => T): Promise<T> {
    return this.#use(signal, (connection) => connection.read(() => task(connection)));
  }

  /**
   * Runs a task that writes all or nothing. It ends its work when its turn is over; the rest of it is for another one. Where the
   * disk is full, it is run once more in the room that is kept for erasing, for one step: a task that does not erase throws the
   * error that it is then given.
   */
  async write<T>(signal: AbortSignal, task: WritingTask<T>): Promise<T> {
    const { reserve, logs } = this.#folder;
    const run = (full?: unknown) =>
      this.#use(signal, (connection) => {
        const { isTurnOver, end } = this.#pace.start();
        const result = connection.write(() => task(connection, full ? () => true : isTurnOver, full));
        end();
        return result;
      });
    reserve.keep();
    try {
      return await run();
    } catch (error) {
      if (!isFull(this.path, error)) throw error;
      return await this.#inReserve(() => run(error));
    } finally {
      logs.watch(this.path);
    }
  }

  /** Writes what can be left out as well: once, and without waiting. */
  writeIfFree(signal: AbortSignal, task: (connection: Connection) => void): Promise<void> {
    return this.#use(signal, (connection) => {
      try {
        connection.write(() => task(connection));
      } catch (error) {
        if (NamespaceNotFoundError.isInstance(error)) throw error;
      }
    });
  }

  /** Empties the log after a deletion. */
  async emptyLog(): Promise<void> {
    await this.#folder.logs.empty(this.path);
  }

  /** What the log may still hold of deleted records. */
  residue(): Promise<readonly Residue[]> {
    return this.#folder.logs.residue(this.path);
  }

  /** Runs a task in the room that is kept for erasing. */
  async #inReserve<T>(task: () => Promise<T>): Promise<T> {
    const { reserve } = this.#folder;
    reserve.release();
    try {
      // The log alone may fill the disk.
      await this.emptyLog();
      return await task();
    } finally {
      await this.emptyLog();
      reserve.keep();
    }
  }

  #use<T>(signal: AbortSignal, task: (connection: Connection) => T): Promise<T> {
    return this.#folder.connections.use(this.path, signal, (connection) => {
      // Another namespace may have been made under its name: this handle is not one on that.
      const { manifest } = connection;
      if (manifest === this.manifest || isDeepStrictEqual(manifest, this.manifest)) return task(connection);
      throw new NamespaceNotFoundError(`The namespace at ${this.path} was dropped, and made again.`, {
        namespace: basename(this.path, ".db"),
      });
    });
  }
}

/** A task of a writing transaction. @param full the error of a full disk, in whose reserve it is run */
type WritingTask<T> = (connection: Connection, isTurnOver: () => boolean, full: unknown) => T;

/** What the files of one folder share. */
export interface DatabaseFolder {
  readonly connections: Connections;
  readonly logs: WriteAheadLogs;
  readonly reserve: Reserve;
}
