import type { Backend, StoreName } from "@loci/backends";
import type { ConformanceHarness } from "@loci/conformance";
import type { StoreCapabilities } from "@loci/core/store";

/** A store that the suite is run on, and the server that it needs. */
export interface Subject {
  readonly name: StoreName;
  readonly harness: ConformanceHarness;
  readonly capabilities: StoreCapabilities;
  /** The server; absent for stores that need none. It is started by the first case. */
  readonly backend?: Backend;
  /** Stops what was started. */
  stop(): Promise<void>;
}
