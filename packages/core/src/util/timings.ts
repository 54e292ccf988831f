/**
 * For how long the engine waits, in milliseconds. Applications always get `defaultTimings`; only tests build an engine
 * with others. All processes of a deployment need the same ones.
 */
export interface Timings {
  /** A process may rely on what it read in the registry for this long. */
  readonly lease: number;
  /** Whoever waits for the leases of others waits for this much longer, since timers are not exact. */
  readonly leaseMargin: number;
  /** A running migration records this often that it is alive. */
  readonly heartbeat: number;
  /** A migration without a heartbeat for this long can be resumed by another process. */
  readonly maxSilence: number;
  /** A write waits for at most this long while a migration switches its tenant. */
  readonly maxFence: number;
  /** The pauses before each further call of a model that failed. */
  readonly modelRetryDelays: readonly number[];
}

export const defaultTimings: Timings = {
  lease: 500,
  leaseMargin: 100,
  heartbeat: 2_000,
  maxSilence: 15_000,
  maxFence: 30_000,
  // Model servers restart, load a model, or count requests by the minute: they get more time than a store.
  modelRetryDelays: [300, 1200, 4000],
};
