import { sleep } from "../util/sleep.ts";

/**
 * How long, in milliseconds, a process may rely on what it read in the registry. A process that changes a tenant's
 * location waits longer, until no process relies on the old state. The clocks need not agree, only run at the same
 * rate.
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

/** Whether a lease from that moment has expired. After a suspend only the wall clock has moved. */
export function hasLapsed({ wall, steady }: Moment): boolean {
  return Math.max(Math.abs(Date.now() - wall), performance.now() - steady) >= lease;
}

/** Resolves when every lease from before now has expired. */
export async function waitForLeases(signal: AbortSignal | undefined): Promise<void> {
  await sleep(lease + margin, signal);
}
