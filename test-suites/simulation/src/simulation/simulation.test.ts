import { chosenEffort } from "@loci/backends";
import { expect, it } from "vitest";
import { playSeeds } from "./play-seeds.ts";
import { drawScript, simulate } from "./simulate.ts";
import { tellShortest, tellStory } from "./tell-story.ts";

const { schedules } = chosenEffort();

it(`keeps every promise in ${schedules} stories of three processes`, { timeout: 7_200_000 }, async () => {
  const { broken, calls } = await playSeeds({ first: 1, count: schedules });
  const [first] = broken;
  const story = first ? await tellShortest(drawScript(first.seed)) : "";
  expect.soft(story, `LOCI_SIMULATION_SEED=${first?.seed} npm run simulate tells the whole story`).toBe("");
  expect(broken).toEqual([]);
  expect(calls).toBeGreaterThan(5 * schedules);
});

it("keeps every promise in stories that have found faults, of the kind that one of ten thousand finds", async () => {
  const broken: string[] = [];
  for (const seed of [47196, 58766, 72479, 81762, 84040, 88267, 95674, 99639])
    for (const { what } of (await simulate(drawScript(seed))).violations) broken.push(`${seed}: ${what}`);
  expect(broken).toEqual([]);
});

it("plays each seed once, however many workers share them", async () => {
  const pieces: number[] = [];
  const onProgress = (_: unknown, { count }: { readonly count: number }) => pieces.push(count);
  const shared = await playSeeds({ first: 7, count: 41 }, { workers: 3, onProgress });
  expect(shared).toEqual(await playSeeds({ first: 7, count: 41 }, { workers: 1 }));
  expect(pieces.length).toBeGreaterThan(3);
  expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(41);
});

it("tells the same story of the same seed", async () => {
  for (const seed of [3, 17, 42]) {
    const story = await tellStory(drawScript(seed));
    expect(await tellStory(drawScript(seed))).toBe(story);
    expect(story.split("\n").length).toBeGreaterThan(20);
  }
});
