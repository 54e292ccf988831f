import type { ConformanceHarness } from "@loci/conformance";
import { inMemory } from "@loci/core";
import type { Subject } from "../subject.ts";

const harness: ConformanceHarness = {
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

export const inMemorySubject: Subject = {
  name: "in-memory",
  harness,
  capabilities: inMemory().capabilities,
  stop: async () => {},
};
