import type { ConformanceHarness } from "@loci/conformance";
import { inMemoryHarness } from "./harnesses/in-memory.ts";
import { sqliteHarness } from "./harnesses/sqlite.ts";

/** Every store, under the name that `npm run matrix` knows it by. */
export const harnesses: Readonly<Record<string, ConformanceHarness>> = {
  "in-memory": inMemoryHarness,
  sqlite: sqliteHarness,
};
