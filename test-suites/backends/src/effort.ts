/** How much the tests look at. Each of the commands that run tests sets it, in `LOCI_EFFORT`. Default: normal. */
export function chosenEffort(): Effort {
  const name = process.env.LOCI_EFFORT || "normal";
  const effort = Object.entries(efforts).find(([known]) => known === name)?.[1];
  if (!effort) throw new Error(`LOCI_EFFORT is "${name}". There are: ${Object.keys(efforts).join(", ")}.`);
  return effort;
}

/** What a run of the tests looks at. */
export interface Effort {
  /** Generated runs of a property. */
  readonly traces: number;
  /** Stories of the simulation. */
  readonly schedules: number;
  /** Seeds that a right store passes the conformance suite with, in a row. */
  readonly seeds: number;
  /** How often it passes it again with one seed: no verdict flips. */
  readonly repeats: number;
  /** Rounds of a race between two processes on a server. */
  readonly races: number;
  /** Whether what no store can change is tested on every store, and not on the embedded ones alone. */
  readonly everyStore: boolean;
  /** Whether only the quick loop runs: no servers of models, and no test that takes seconds on its own. */
  readonly isQuick: boolean;
  /** What this effort leaves out, and the command that looks at it. */
  readonly leavesOut?: string;
}

const normal: Effort = {
  traces: 60,
  schedules: 20_000,
  seeds: 3,
  repeats: 2,
  races: 100,
  everyStore: false,
  isQuick: false,
  leavesOut:
    "Not on every store: what no store can change. Fewer rounds of races, seeds and traces than npm run test:exhaustive.",
};

const efforts: Readonly<Record<"quick" | "normal" | "exhaustive", Effort>> = {
  quick: {
    ...normal,
    traces: 10,
    schedules: 500,
    isQuick: true,
    leavesOut:
      "Not in the quick loop: servers, races, killed processes, saboteurs, packages and documentation. npm test runs them.",
  },
  normal,
  exhaustive: {
    traces: 300,
    schedules: 2_000_000,
    seeds: 100,
    repeats: 20,
    races: 1000,
    everyStore: true,
    isQuick: false,
  },
};
