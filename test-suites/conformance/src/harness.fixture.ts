/** Harnesses for the tests of the command: a right one, and one that leaks. */
import { inMemory } from "@loci/core";
import { scopeFilter } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import type { ConformanceHarness } from "./harness.ts";

const leaks = process.env.LOCI_FIXTURE_LEAKS === "1";

export const harness: ConformanceHarness = {
  name: leaks ? "a store that leaks" : "in-memory",
  createMemory: (options) => new Memory(options),
  async create() {
    const store = inMemory();
    const dispose = () => store.close();
    if (!leaks) return { store, dispose };
    const leaking: typeof store = {
      ...store,
      async open(request) {
        const namespace = await store.open(request);
        const list = namespace.list.bind(namespace);
        const everybodys: typeof list = (query) => list({ ...query, scope: scopeFilter({}, "within") });
        return Object.assign(namespace, { list: everybodys });
      },
    };
    return { store: leaking, dispose };
  },
};
