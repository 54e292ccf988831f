/** Milliseconds, over all repetitions. */
export interface Timing {
  readonly median: number;
  /** The 10th and the 90th percentile. */
  readonly low: number;
  readonly high: number;
}

/** Runs the contenders in turns, so that a slow moment of the machine hits all of them. */
export async function measureInTurns(
  contenders: Readonly<Record<string, (turn: number) => unknown>>,
  turns: number,
  warmUp = 5,
): Promise<Record<string, Timing>> {
  const times = Object.fromEntries(Object.keys(contenders).map((name): [string, number[]] => [name, []]));
  for (let turn = -warmUp; turn < turns; turn++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      await run(turn + warmUp);
      const time = performance.now() - start;
      if (turn >= 0) times[name]?.push(time);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, summarize(values)]));
}

export function summarize(values: readonly number[]): Timing {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}
