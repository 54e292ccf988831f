import { describe, expect, it } from "vitest";
import { Aim } from "./aim.ts";
import { randomFrom } from "./oracles/random.ts";

/** By how many milliseconds the first comes before the second, where each takes its time and some more. */
function lead(aim: Aim, takes: readonly [number, number], noise: number): number {
  const [first, second] = aim.delays;
  return second + takes[1] - (first + takes[0]) + noise;
}

describe("an aim", () => {
  it.each([
    [0, 0],
    [0, 0.4],
    [0, 3],
    [2, 0.1],
  ] as const)("brings two together who take %d and %d milliseconds", (...takes) => {
    const random = randomFrom(1);
    const aim = new Aim();
    const leads = Array.from({ length: 40 }, () => {
      const now = lead(aim, takes, (random() - 0.5) / 10);
      aim.learn(now > 0 ? 2 : 0);
      return now;
    });
    const near = leads.slice(20).filter((one) => Math.abs(one) < 0.1);
    expect(near.length).toBeGreaterThan(10);
  });

  it("stays where each comes first once", () => {
    const aim = new Aim();
    aim.learn(2);
    const { delays } = aim;
    aim.learn(1);
    expect(aim.delays).toEqual(delays);
  });
});
