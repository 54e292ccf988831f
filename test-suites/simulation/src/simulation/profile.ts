import type { Random } from "../story/random.ts";

/** How badly the world treats the processes of one schedule. Probabilities, for each call or each step. */
export interface Profile {
  /** A call, or its answer, is on its way for long. */
  readonly slow: number;
  /** An answer comes in a step of its own, so that others run before it. */
  readonly split: number;
  /** A call fails before it was done, and may be repeated. */
  readonly transient: number;
  /** A call fails before it was done, for good. */
  readonly fatal: number;
  /** A call is done, and its answer lost. */
  readonly lost: number;
  /** A call never answers until it is aborted. */
  readonly hang: number;
  readonly abort: number;
  readonly kill: number;
  readonly sleep: number;
  /** A clock jumps. */
  readonly jump: number;
  /** The clocks of the processes differ by so many milliseconds. */
  readonly skew: number;
  /** Time passes beside what happens. */
  readonly pass: number;
  /** How soon the next call begins. */
  readonly haste: number;
}

/** A world in which nothing fails. */
export const calm: Profile = {
  slow: 0,
  split: 0,
  transient: 0,
  fatal: 0,
  lost: 0,
  hang: 0,
  abort: 0,
  kill: 0,
  sleep: 0,
  jump: 0,
  skew: 0,
  pass: 0.02,
  haste: 0.2,
};

export function drawProfile(random: Random): Profile {
  return {
    slow: random.pick([0, 0.1, 0.3, 0.6]),
    split: random.pick([0.1, 0.5]),
    transient: random.pick([0, 0, 0, 0.05, 0.2]),
    fatal: random.pick([0, 0, 0, 0.03]),
    lost: random.pick([0, 0, 0, 0.05, 0.15]),
    hang: random.pick([0, 0, 0, 0, 0.02]),
    abort: random.pick([0, 0, 0, 0.005, 0.02]),
    kill: random.pick([0, 0, 0, 0.005, 0.02]),
    sleep: random.pick([0, 0, 0.01, 0.03]),
    jump: random.pick([0, 0, 0, 0.01]),
    skew: random.pick([0, 0, 5_000, 100_000]),
    pass: random.pick([0.01, 0.05, 0.2]),
    haste: random.pick([0.05, 0.15, 0.4]),
  };
}
