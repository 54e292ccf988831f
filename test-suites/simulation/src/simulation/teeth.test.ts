/** The simulation is tested itself: it has to find each of these mistakes within some stories. */
import { expect, it } from "vitest";
import type { Bias } from "../story/plan.ts";
import { forgetfulCreator, sabotaged, saboteurs, unawareHandles, wrapped } from "./saboteurs.ts";
import { drawScript, type SimulateOptions, simulate } from "./simulate.ts";

const most = 3000;

/** The first seed that shows a mistake, and nothing without it. */
async function firstBroken(options: SimulateOptions, bias?: Bias): Promise<number | undefined> {
  for (let seed = 1; seed <= most; seed++) {
    const { violations } = await simulate(drawScript(seed, bias), options);
    if (violations.length > 0 && (await simulate(drawScript(seed, bias))).violations.length === 0)
      return seed;
  }
  return undefined;
}

it.each(saboteurs)("finds a store that $does", { timeout: 300_000 }, async (saboteur) => {
  expect(await firstBroken({ stores: sabotaged(saboteur) }, saboteur.bias)).toBeDefined();
});

it("finds a store of which two creators of a namespace get one each", async () => {
  expect(await firstBroken({ stores: () => wrapped(forgetfulCreator) })).toBeDefined();
});

it("finds a store whose handles go on with what was dropped", { timeout: 300_000 }, async () => {
  const bias = { kinds: ["offboard", "move"] } as const;
  expect(await firstBroken({ stores: () => wrapped(unawareHandles) }, bias)).toBeDefined();
});
