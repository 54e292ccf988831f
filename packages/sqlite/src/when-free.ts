import { setTimeout } from "node:timers/promises";

/**
 * Runs a task until no lock of another process is in its way, and lets others have their turn between two attempts.
 * @param timeout how long it tries, in milliseconds
 * @throws what the task throws; the signal's reason
 */
export async function whenFree<T>(task: () => T, timeout: number, signal: AbortSignal): Promise<T> {
  const end = performance.now() + timeout;
  for (let pause = 1; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return task();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error;
    }
    // Processes that wait for each other must not ask at the same moments.
    await setTimeout(pause * (0.5 + Math.random()), undefined, { signal });
  }
}

const longestPause = 20;

/** Whether an error of SQLite is SQLITE_BUSY, SQLITE_LOCKED or SQLITE_PROTOCOL: many processes begin at once. */
function isBusy(error: unknown): boolean {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  return typeof errcode === "number" && [5, 6, 15].includes(errcode & 0xff);
}
