import { Memory as DefaultMemory } from "./memory.ts";
import type { MemoryOptions } from "./options/memory-options.ts";
import type { Tenancy } from "./scope/scope.ts";
import type { Timings } from "./util/timings.ts";

export { defaultTimings, type Timings } from "./util/timings.ts";

/** A memory for tests: leases, heartbeats and the pauses between retries are short. It is not published. */
export class Memory<T extends Tenancy = "multi"> extends DefaultMemory<T> {
  constructor(options: MemoryOptions<T>, timings: Timings = shortTimings) {
    super(options, timings);
  }
}

export const shortTimings: Timings = {
  lease: 40,
  leaseMargin: 10,
  heartbeat: 200,
  maxSilence: 1500,
  maxFence: 5000,
  modelRetryDelays: [60, 60, 60],
};
