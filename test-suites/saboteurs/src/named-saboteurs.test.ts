import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { ConformanceRun } from "../../conformance/src/conformance-run.ts";
import { erasureSaboteurs, inspectable } from "./erasure-saboteurs.ts";
import { countsToTenThousand } from "./limit-saboteurs.ts";
import { saboteurs } from "./matrix.ts";
import { onceMissed, sameClass } from "./once-missed.ts";
import { requestSaboteurs, SpokenStore } from "./request-saboteurs.ts";
import type { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";
import { failingLine } from "./store-on-a-line.ts";
import { wordSaboteurs } from "./value-saboteurs.ts";

const all: readonly Saboteur[] = [...saboteurs, ...wordSaboteurs, ...erasureSaboteurs, ...requestSaboteurs];
const seeds = [1, 2, 3];

/** Runs one case on a store, of which all that it holds and says can be looked at. */
async function resultOf(
  caseId: string,
  seed: number,
  { makeStore, fail }: Pick<Saboteur, "makeStore" | "fail">,
  effort = 1,
) {
  const run = new ConformanceRun(
    {
      name: "one case",
      createMemory: (options) => new Memory(options),
      async create() {
        const store = makeStore() as RightStore;
        return {
          store,
          second: async () => store.second(),
          inspect: async () => inspectable(store),
          ...(store instanceof SpokenStore ? { tap: (call: () => Promise<unknown>) => store.tap(call) } : {}),
          fail: fail ?? (() => failingLine()),
          dispose: () => store.close(),
        };
      },
    },
    { seed, effort },
  );
  return (await run.result(caseId))?.result;
}

function saboteurOf(id: string): Saboteur {
  const saboteur = all.find((one) => one.id === id);
  if (!saboteur) throw new Error(`There is no saboteur ${id}.`);
  return saboteur;
}

const missed = Object.values(onceMissed).flat();
const others = Object.values(sameClass).flat();
/** Each saboteur with the case that is about it, once. */
const pairs = new Map(
  [
    ...all.flatMap(({ id, killer }) => (killer ? [[id, killer] as const] : [])),
    ...missed.map(([, id, killer]) => [id, killer] as const),
  ].map((pair) => [pair.join(), pair]),
);

describe("the case that is about a mistake", () => {
  it.each([...pairs.values()])(
    "catches %s by %s, on three seeds",
    { timeout: 60_000 },
    async (id, killer) => {
      for (const seed of seeds) {
        const result = await resultOf(killer, seed, saboteurOf(id));
        expect(result?.outcome, `seed ${seed}`).toBe("failed");
        // It says what it saw, and is no failure by the way.
        expect(result?.detail).not.toMatch(/TypeError|is not a function|undefined \(/);
      }
    },
  );

  it.each([...new Set([...pairs.values()].map(([, killer]) => killer))])(
    "%s passes the right store",
    { timeout: 60_000 },
    async (killer) => {
      expect(await resultOf(killer, 1, { makeStore: () => new SpokenStore() })).toMatchObject({
        outcome: "passed",
      });
    },
  );
});

it("twelve thousand records are looked at with more effort", { timeout: 120_000 }, async () => {
  const outcomeOf = async (effort: number) =>
    (await resultOf("reads-answer-the-reference", 1, countsToTenThousand, effort))?.outcome;
  expect(await outcomeOf(1)).toBe("passed");
  expect(await outcomeOf(2)).toBe("failed");
});

it("what comes back otherwise is shown where it differs, however long both are", async () => {
  const saboteur = saboteurOf("cuts-payloads-at-a-column");
  const detail = (await resultOf("records-come-back-whole", 1, saboteur))?.detail;
  const [, at, read, written] = /character (\d+) is "(.*)" instead of "(.*)"/s.exec(detail ?? "") ?? [];
  expect(Number(at)).toBeGreaterThan(60_000);
  expect(read).not.toBe(written);
});

describe("of what the suite once missed", () => {
  it("every class has mistakes that were told, and others of its kind, each with the case that is about it", () => {
    for (const [name, ids] of Object.entries(sameClass)) {
      expect(ids.length, name).toBeGreaterThanOrEqual(2);
      for (const id of ids) expect(saboteurOf(id).killer, id).toBeDefined();
    }
    const told = missed.map(([, id]) => id);
    expect(others.filter((id) => told.includes(id))).toEqual([]);
  });
});
