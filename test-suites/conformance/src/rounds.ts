import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { CaseContext } from "./conformance-case.ts";
import { randomFrom } from "./oracles/random.ts";

/** What depends on timing is tried so often, times the effort. */
const least = 60;
/** So many go on at once: what a server does for one of them, it does for others as well. */
const atOnce = 6;
/** A fast backend gets through more of them in this time, in milliseconds, times the effort. */
const budget = 100;
const most = 1000;

/** Starts a call a little later than others: at once, in the same turn of the event loop, in the next one, or after it. */
export type Start = <T>(call: () => Promise<T>) => Promise<T>;

/** Repeats what depends on timing, six rounds at once: 60 times, and more often where the backend is fast. */
export async function manyRounds(
  { seed, effort }: Pick<CaseContext, "seed" | "effort">,
  play: (round: number, start: Start) => Promise<void>,
): Promise<void> {
  const random = randomFrom(seed);
  const end = performance.now() + budget * effort;
  let next = 0;
  const isOver = () => next >= least * effort && (performance.now() > end || next >= most * effort);
  const work = async () => {
    while (!isOver()) await play(next++, startAt(random));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function startAt(random: () => number): Start {
  return async (call) => {
    const chance = Math.floor(random() * 4);
    if (chance === 1) await Promise.resolve();
    if (chance === 2) await nextTurn();
    if (chance === 3) await sleep(random() * 2);
    return call();
  };
}
