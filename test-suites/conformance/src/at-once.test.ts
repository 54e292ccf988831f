import { expect, it } from "vitest";
import { playAtOnce } from "./at-once.ts";

const later = () => new Promise((resolve) => setTimeout(resolve, 2));

it("plays every round once, and no more at the same time than it may", async () => {
  const played: number[] = [];
  let [running, most] = [0, 0];
  await playAtOnce(9, 3, async (round) => {
    played.push(round);
    running += 1;
    most = Math.max(most, running);
    await later();
    running -= 1;
    return true;
  });
  expect(played).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(3);
});

it("begins no round after one that needs no more", async () => {
  const played: number[] = [];
  await playAtOnce(100, 2, async (round) => {
    played.push(round);
    await later();
    return round < 4;
  });
  expect(played).toEqual([1, 2, 3, 4, 5]);
});

it("fails when a round does, after those that were under way have ended", async () => {
  const ended: number[] = [];
  const playing = playAtOnce(100, 3, async (round) => {
    if (round === 2) throw new Error("round 2 failed");
    await later();
    ended.push(round);
    return true;
  });
  await expect(playing).rejects.toThrow("round 2 failed");
  expect(ended).toEqual([1, 3]);
});
