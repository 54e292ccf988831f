import { chosenEffort } from "@loci/backends";
import { describe, expect, it } from "vitest";
import { allMutants } from "./all-mutants.ts";
import { equivalentMutants } from "./equivalent-mutants.ts";
import { runMutants } from "./run-mutants.ts";
import { sampleOf } from "./sample.ts";
import { survivingMutants } from "./surviving-mutants.ts";

/** Those that are drawn where not all of them run. */
const size = 150;

describe("mutants", async () => {
  const all = await allMutants();
  const judged = all.filter(({ id }) => !equivalentMutants.has(id));

  it("are more than a thousand, each with a name of its own, and the lists name no others", () => {
    expect(judged.length).toBeGreaterThan(1000);
    const ids = new Set(all.map(({ id }) => id));
    expect(ids.size).toBe(all.length);
    const listed = [...equivalentMutants.keys(), ...survivingMutants.keys()];
    expect(listed.filter((id) => !ids.has(id))).toEqual([]);
    expect(survivingMutants.size).toBeLessThanOrEqual(judged.length / 100);
  });

  it("are killed by the suite, but for those that are listed and one in a hundred", {
    timeout: 7_200_000,
  }, async () => {
    const quick = judged.filter(({ isQuick }) => isQuick);
    const chosen = chosenEffort().everyStore ? judged : sampleOf(quick, size, 1);
    const outcomes = await runMutants(chosen, 2);
    const alive = outcomes.filter(({ id, killedBy }) => killedBy === undefined && !survivingMutants.has(id));
    expect(outcomes).toHaveLength(chosen.length);
    expect(alive.map(({ id }) => id).slice(Math.floor(chosen.length / 100))).toEqual([]);
  });
});
