import { ClosedError } from "@loci/core";
import { giveWay } from "@loci/core/store";
import { isFull, isOutOfFiles } from "./classify.ts";
import { Connection } from "./connection.ts";
import type { Reserve } from "./reserve.ts";
import { whenFree } from "./when-free.ts";

/** The open files of a store, a bounded number of them: the least recently used one is closed first. */
export class Connections {
  readonly #options: ConnectionsOptions;
  /** By path, in the order of their last use. */
  readonly #open = new Map<string, Connection>();
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /**
   * Runs a task on a file, which has to exist. Tasks do not wait for each other, nor for locks: a task that meets one is undone,
   * and repeated until the timeout.
   */
  async use<T>(path: string, signal: AbortSignal, task: (connection: Connection) => T): Promise<T> {
    await giveWay();
    signal.throwIfAborted();
    return whenFree(
      () => this.withFiles(path, () => task(this.#get(path))),
      this.#options.busyTimeout,
      signal,
    );
  }

  /** Runs a task that opens files, and once more with fewer files open where the process may open no more. */
  withFiles<T>(path: string, task: () => T): T {
    try {
      return task();
    } catch (error) {
      const others = [...this.#open.keys()].filter((other) => other !== path);
      if (others.length === 0 || !isOutOfFiles(path, error)) throw error;
      for (const other of others.slice(0, Math.ceil(others.length / 2))) this.close(other);
      return task();
    }
  }

  close(path: string): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  /** Closes all, and opens none any more. */
  closeAll(): void {
    this.#isClosed = true;
    for (const path of [...this.#open.keys()]) this.close(path);
  }

  #get(path: string): Connection {
    if (this.#isClosed) throw new ClosedError("The sqlite store was closed before this call could end.");
    const known = this.#open.get(path);
    // Another process may have put another file under its name.
    if (!known?.isCurrent) this.close(path);
    this.#open.delete(path);
    const connection = known?.isOpen ? known : this.#connect(path);
    this.#open.set(path, connection);
    const [oldest] = this.#open.keys();
    if (this.#open.size > this.#options.maxOpenFiles && oldest !== undefined) this.close(oldest);
    return connection;
  }

  #connect(path: string): Connection {
    const { vectorExtension, reserve } = this.#options;
    try {
      return new Connection(path, vectorExtension);
    } catch (error) {
      if (!isFull(path, error)) throw error;
      return reserve.lend(() => new Connection(path, vectorExtension));
    }
  }
}

interface ConnectionsOptions {
  readonly maxOpenFiles: number;
  /** How long a call waits for a lock, in milliseconds. */
  readonly busyTimeout: number;
  readonly vectorExtension: string | undefined;
  readonly reserve: Reserve;
}
