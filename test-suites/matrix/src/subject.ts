import type { Backend } from "@loci/backends";
import type { ConformanceHarness } from "@loci/conformance";

/** A store that the suite is run on, and the server that it needs. */
export interface Subject {
  readonly harness: ConformanceHarness;
  /** The server; absent for stores that need none. It is started by the first case. */
  readonly backend?: Backend;
  /** Stops what was started. */
  stop(): Promise<void>;
}

/** A store that needs no server. */
export function embedded(harness: ConformanceHarness): Subject {
  return { harness, stop: async () => {} };
}
