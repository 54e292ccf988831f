import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Changes a file while no other process does: only one of them can make the lock file beside it. A process that dies meanwhile
 * leaves the lock, and after ten seconds the others say so. A database has transactions instead.
 */
export async function underLock<T>(file: string, signal: AbortSignal, change: () => T): Promise<T> {
  const lock = `${file}.lock`;
  for (let attempt = 0; !take(lock); attempt++) {
    if (attempt === 2000) throw new Error(`Remove ${lock}: the process that made it seems to be dead.`);
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
