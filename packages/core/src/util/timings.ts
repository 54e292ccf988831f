/**
 * The waiting times of the engine, in milliseconds. Applications always get `defaultTimings`; only tests build an
 * engine with others. All processes of a deployment need the same ones.
 */
export interface Timings {
  /** A process may rely on what it read in the registry for this long. */
  readonly lease: number;
  /** A process that waits for all leases to expire waits this much longer, since timers are not exact. */
  readonly leaseMargin: number;
  /** The interval of a running migration's heartbeat. */
  readonly heartbeat: number;
  /** A migration without a heartbeat for this long can be resumed by another process. */
  readonly maxSilence: number;
  /** A write waits for at most this long while a migration switches its tenant. */
  readonly maxFence: number;
  /** The delays before each retry of a model call. */
  readonly modelRetryDelays: readonly number[];
}

export const defaultTimings: Timings = {
  lease: 500,
  leaseMargin: 100,
  heartbeat: 2_000,
  maxSilence: 15_000,
  maxFence: 30_000,
  // Model servers restart, load models and limit requests by the minute, so they get more time than stores.
  modelRetryDelays: [300, 1200, 4000],
};
