import type { ConformanceCase } from "../conformance-case.ts";
import { engineFaults } from "./engine-faults.ts";
import { engineIsolation } from "./engine-isolation.ts";
import { storeBackend } from "./store-backend.ts";
import { storeCore } from "./store-core.ts";
import { storeLifecycle } from "./store-lifecycle.ts";
import { storeNamespaces } from "./store-namespaces.ts";
import { storeReach } from "./store-reach.ts";
import { storeTraces } from "./store-traces.ts";

/** Every case, the bare store first and then the memory on top of it. */
export const cases: readonly ConformanceCase[] = [
  ...storeNamespaces,
  ...storeReach,
  ...storeLifecycle,
  ...storeTraces,
  ...storeCore,
  ...storeBackend,
  ...engineIsolation,
  ...engineFaults,
];
