import type { ConformanceHarness } from "@loci/conformance";

/** A right store that was changed in one place, by a program. */
export interface Mutant {
  /** Says what was changed and where. It stays the same as long as the place does. */
  readonly id: string;
  /** What it is counted with: the file that was changed, or the mistake that was put in. */
  readonly group: string;
  /** Whether its store lies in memory, so that the suite runs on it in seconds. */
  readonly isQuick: boolean;
  /** What it takes to run the suite on it. */
  prepare(): Promise<Prepared>;
}

interface Prepared {
  readonly harness: ConformanceHarness;
  /** The cases that come to the place that was changed. Default: all of them. */
  readonly reaching?: ReadonlySet<string>;
}
