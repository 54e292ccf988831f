import type { ConformanceHarness } from "@loci/conformance";
import { inMemory } from "@loci/core";

export const inMemoryHarness: ConformanceHarness = {
  name: "in-memory",
  reproduce: "npm run matrix -- in-memory",
  async create() {
    const store = inMemory();
    return {
      store,
      backend: async () => ({ name: "JavaScript", version: "any" }),
      dispose: () => store.close(),
    };
  },
};
