import { Connection } from "./connection.ts";

/** The open files of a store, a bounded number of them: the least recently used one is closed first. */
export class Connections {
  readonly #most: number;
  readonly #busyTimeout: number;
  /** By path, in the order of their last use. */
  readonly #open = new Map<string, Connection>();

  constructor(most: number, busyTimeout: number) {
    this.#most = most;
    this.#busyTimeout = busyTimeout;
  }

  /** The connection to a file, which has to exist. */
  get(path: string): Connection {
    const known = this.#open.get(path);
    this.#open.delete(path);
    const connection = known?.isOpen ? known : new Connection(path, this.#busyTimeout);
    this.#open.set(path, connection);
    const [oldest] = this.#open.keys();
    if (this.#open.size > this.#most && oldest !== undefined) this.close(oldest);
    return connection;
  }

  close(path: string): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  closeAll(): void {
    for (const path of [...this.#open.keys()]) this.close(path);
  }
}
