import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { ConformanceRun } from "../../conformance/src/conformance-run.ts";
import { erasureSaboteurs, inspectable } from "./erasure-saboteurs.ts";
import { nameSaboteurs } from "./name-saboteurs.ts";
import { processSaboteurs } from "./process-saboteurs.ts";
import { RightStore } from "./right-store.ts";
import { valueSaboteurs, wordSaboteurs } from "./value-saboteurs.ts";

/** Runs one case on a store, of which all that it holds can be looked at. */
async function resultOf(caseId: string, make: () => RightStore) {
  const run = new ConformanceRun({
    name: "one case",
    createMemory: (options) => new Memory(options),
    async create() {
      const store = make();
      return {
        store,
        second: async () => store.second(),
        inspect: async () => inspectable(store),
        dispose: () => store.close(),
      };
    },
  });
  return (await run.result(caseId))?.result;
}

const all = [...processSaboteurs, ...nameSaboteurs, ...valueSaboteurs, ...wordSaboteurs, ...erasureSaboteurs];

describe("the case that is about a bug", () => {
  it.each(all)("catches $id by $killer", { timeout: 30_000 }, async ({ killer, makeStore }) => {
    // Each of these is a right store with one method of another kind.
    const result = await resultOf(killer, makeStore as () => RightStore);
    expect(result?.outcome).toBe("failed");
    // It says what it saw, and is no failure by the way.
    expect(result?.detail).not.toMatch(/TypeError|is not a function|undefined \(/);
  });

  it.each([...new Set(all.map(({ killer }) => killer))])("%s passes the right store", async (killer) => {
    expect(await resultOf(killer, () => new RightStore())).toMatchObject({ outcome: "passed" });
  });
});
