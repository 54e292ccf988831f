import { sleep } from "../util/sleep.ts";
import type { Timings } from "../util/timings.ts";

/**
 * How long a process may rely on what it read in the registry. A process that changes a tenant's location waits
 * longer, until no process relies on the old state. The clocks need not agree, only run at the same speed.
 */
export class Lease {
  readonly #lease: number;
  readonly #margin: number;

  constructor({ lease, leaseMargin }: Timings) {
    this.#lease = lease;
    this.#margin = leaseMargin;
  }

  /** Whether a lease from that moment has expired. After a suspend only the wall clock has moved. */
  hasLapsed({ wall, steady }: Moment): boolean {
    return Math.max(Math.abs(Date.now() - wall), performance.now() - steady) >= this.#lease;
  }

  /** Resolves when every lease from before now has expired. */
  async waitForAll(signal: AbortSignal | undefined): Promise<void> {
    await sleep(this.#lease + this.#margin, signal);
  }
}

/** A moment on this process's clocks. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

export function moment(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}
