import { randomFillSync } from "node:crypto";
import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Room on the disk that is kept for erasing: a deletion writes before it frees. It is a file of bytes that no file system can
 * shorten, in the folder of the databases, and is removed for as long as a deletion needs its room.
 */
export class Reserve {
  readonly #file: string;
  #isKept = false;

  constructor(directory: string) {
    this.#file = join(directory, ".reserve");
  }

  /** Keeps the reserve, where there is room for it. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    if (existsSync(this.#file)) return;
    try {
      const { bavail, bsize } = statfsSync(join(this.#file, ".."));
      const size = Math.min(largest, Math.floor((bavail * bsize) / 4));
      writeFileSync(this.#file, randomFillSync(new Uint8Array(size)), { mode: 0o600, flag: "wx" });
    } catch {
      // A folder that may only be read, a full disk, another process that was faster: deletions are still tried.
    }
  }

  /** Gives its room up. */
  release(): void {
    this.#isKept = false;
    rmSync(this.#file, { force: true });
  }
}

const largest = 1024 * 1024;
