import { sleep } from "../util/sleep.ts";

/**
 * How long, in milliseconds, a process may rely on what it read in the directory. Whoever changes where a tenant lives
 * waits for longer than that, so that nobody still relies on what was: the clocks need not agree, only run alike.
 */
const lease = 500;
const margin = 100;

/** A moment on this process's clocks. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

export function moment(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}

/** Whether what was read then has to be read again. A machine that slept only shows it on the clock on the wall. */
export function hasLapsed({ wall, steady }: Moment): boolean {
  return Math.max(Math.abs(Date.now() - wall), performance.now() - steady) >= lease;
}

/** Resolves when everything that any process read before now has lapsed. */
export async function waitForLeases(signal: AbortSignal | undefined): Promise<void> {
  await sleep(lease + margin, signal);
}
