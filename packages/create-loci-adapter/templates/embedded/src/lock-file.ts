import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a change waits: until its signal is aborted, or some milliseconds are over. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly patience: number;
}

/**
 * Changes a file while no other process does: only one of them can make the lock file beside it. A process that dies meanwhile
 * leaves the lock, and the others say so when their patience is over. A database has transactions instead.
 */
export async function underLock<T>(file: string, { signal, patience }: Waiting, change: () => T): Promise<T> {
  const lock = `${file}.lock`;
  for (const end = Date.now() + patience; !take(lock); ) {
    if (Date.now() > end)
      throw Object.assign(new Error(`Remove ${lock}, if the process that made it is dead.`), {
        code: "ELOCKED",
      });
    await sleep(5, undefined, { signal });
  }
  try {
    return change();
  } finally {
    rmSync(lock);
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
