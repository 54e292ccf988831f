import { randomFillSync } from "node:crypto";
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Room on the disk that is kept for erasing, and for opening: a deletion writes before it frees, and SQLite makes an index to read. It is a file of bytes that no file system can
 * shorten, in the folder of the databases, and is removed for as long as somebody needs its room.
 */
export class Reserve {
  readonly #file: string;
  #isKept = false;
  #size: number | undefined;

  constructor(directory: string) {
    this.#file = join(directory, ".reserve");
  }

  /** Keeps the reserve, as much of it as there is room for. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    if (existsSync(this.#file)) return;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#file));
      // On a small disk, it leaves most of the room to the memories. Once it was kept, it is to be as large again.
      const size = this.#size ?? Math.min(largest, Math.floor((bavail * bsize) / 4));
      writeFileSync(this.#file, randomFillSync(new Uint8Array(size)), { mode: 0o600, flag: "wx" });
    } catch {
      // A folder that may only be read, a full disk, another process that was faster: what is there is used.
    }
  }

  /** Runs a task in its room. */
  lend<T>(task: () => T): T {
    this.release();
    try {
      return task();
    } finally {
      this.keep();
    }
  }

  /** Gives its room up. */
  release(): void {
    this.#isKept = false;
    this.#size ??= statSync(this.#file, { throwIfNoEntry: false })?.size;
    rmSync(this.#file, { force: true });
  }
}

const largest = 1024 * 1024;
