import type { CaseContext } from "./conformance-case.ts";
import { randomFrom } from "./oracles/random.ts";

/** What depends on timing is tried so often, times the effort. */
const least = 60;
/** A fast backend gets through more of them in this time, in milliseconds, times the effort. */
const budget = 100;
const most = 1000;

/**
 * Starts a call a little later than others: at once, in the same turn of the event loop, in the next one, or within a millisecond, which
 * is about what a call takes to another process.
 */
export type Start = <T>(call: () => Promise<T>) => Promise<T>;

/** Repeats what depends on timing, `atOnce` rounds at once: 60 times, and more often where the backend is fast. */
export async function manyRounds(
  { seed, effort, note }: Pick<CaseContext, "seed" | "effort" | "note">,
  play: (round: number, start: Start) => Promise<void>,
  atOnce = 1,
): Promise<void> {
  const random = randomFrom(seed);
  const end = performance.now() + budget * effort;
  let next = 0;
  const isOver = () => next >= least * effort && (performance.now() > end || next >= most * effort);
  const work = async () => {
    while (!isOver()) await play(next++, startAt(random));
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    note({ rounds: next });
  }
}

/** The next turn of the event loop. Not every runtime has a way to it that is faster than a timer. */
function nextTurn(): Promise<void> {
  const { setImmediate: soon = setTimeout } = globalThis;
  return new Promise((resolve) => soon(resolve));
}

/** Waits for less than a timer can: it would come a millisecond later at the earliest, and calls of two processes would never meet. */
export async function waitBriefly(milliseconds: number): Promise<void> {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) await nextTurn();
}

function startAt(random: () => number): Start {
  return async (call) => {
    const chance = Math.floor(random() * 8);
    if (chance === 1) await undefined;
    if (chance === 2) await nextTurn();
    const delay = random();
    if (chance > 2) await waitBriefly(delay);
    return call();
  };
}
