import type { Outcome } from "./run-mutants.ts";

/** One line for a mutant. */
export function describeOutcome({ id, killedBy, unreached, milliseconds }: Outcome): string {
  return `${killedBy ?? (unreached ? "ALIVE, not reached" : "ALIVE")} <= ${id} (${milliseconds} ms)`;
}

/** What became of all, and which live. */
export function summaryOf(outcomes: readonly Outcome[], equivalent: number): string {
  const alive = outcomes.filter(({ killedBy }) => killedBy === undefined);
  const killed = outcomes.length - alive.length;
  const share = outcomes.length === 0 ? 0 : Math.floor((1000 * killed) / outcomes.length) / 10;
  return [
    "",
    ...alive.map((outcome) => describeOutcome(outcome)),
    `${killed} of ${outcomes.length} mutants killed (${share} %), ${alive.length} alive. ${equivalent} are as right as what they were made of, and were left out.`,
  ].join("\n");
}
