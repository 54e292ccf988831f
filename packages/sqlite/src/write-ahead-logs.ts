import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Residue } from "@loci/core/store";
import type { Connections } from "./connections.ts";

/**
 * The write-ahead logs of the files: what was deleted may still lie in one, until it is moved into the database and emptied. That
 * has to wait while another program, such as a backup, reads from it.
 */
export class WriteAheadLogs {
  readonly #connections: Connections;
  /** The next attempt for each file whose log could not be emptied. */
  readonly #attempts = new Map<string, NodeJS.Timeout>();
  readonly #grown = new Set<string>();
  #isClosed = false;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Empties the log of a file after a deletion: now, or from time to time later. Whether it is empty now. */
  async empty(path: string): Promise<boolean> {
    const isEmpty = await this.#tryToEmpty(path);
    if (isEmpty) this.#forget(path);
    else this.#tryLater(path, 1);
    return isEmpty;
  }

  /** What a log may still hold of deleted records. */
  async residue(path: string): Promise<readonly Residue[]> {
    if (sizeOf(path) === 0 || (await this.empty(path))) return [];
    return [
      {
        where: `the write-ahead log ${basename(path)}-wal, which another process is reading`,
        clearedBy:
          "the end of its reading, and the next deletion; this process tries it by itself for some minutes",
      },
    ];
  }

  /** Warns once when the log of a file has grown large, since nothing else says that somebody keeps it from being emptied. */
  watch(path: string): void {
    if (sizeOf(path) <= largeLog) {
      this.#grown.delete(path);
      return;
    }
    if (this.#grown.has(path)) return;
    this.#grown.add(path);
    process.emitWarning(
      `The write-ahead log ${path}-wal is larger than ${largeLog / 2 ** 20} MiB, and grows: another program reads from the database and does not end. End its reading.`,
      { type: "LociWarning", code: "LOCI_LOG_GROWS" },
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const path of [...this.#attempts.keys()]) this.#forget(path);
  }

  /** Waits a moment for readers. A deletion that is done has not failed where its log cannot be emptied. */
  async #tryToEmpty(path: string): Promise<boolean> {
    const signal = AbortSignal.timeout(patience);
    // Who is known to read long is not waited for at each of many deletions.
    const end = performance.now() + (this.#attempts.has(path) ? 0 : patience);
    for (let pause = 1; ; pause *= 2) {
      try {
        if (await this.#connections.use(path, signal, (connection) => connection.emptyLog())) return true;
      } catch {
        // Where the file is gone, there is nothing to empty.
        return !existsSync(path);
      }
      if (performance.now() + pause > end) return false;
      await setTimeout(pause);
    }
  }

  #tryLater(path: string, attempt: number): void {
    this.#forget(path);
    if (this.#isClosed || attempt > mostAttempts) return;
    const timer = globalThis.setTimeout(
      async () => {
        const isEmpty = await this.#tryToEmpty(path);
        if (this.#attempts.get(path) !== timer) return;
        if (isEmpty) this.#forget(path);
        else this.#tryLater(path, attempt + 1);
      },
      Math.min(longestDelay, 500 * 2 ** attempt),
    );
    // A process does not stay for it: the next deletion empties the log, too.
    timer.unref();
    this.#attempts.set(path, timer);
  }

  #forget(path: string): void {
    clearTimeout(this.#attempts.get(path));
    this.#attempts.delete(path);
  }
}

function sizeOf(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** How long a call waits for readers, in milliseconds. */
const patience = 250;
const mostAttempts = 20;
const longestDelay = 60_000;
const largeLog = 64 * 2 ** 20;
