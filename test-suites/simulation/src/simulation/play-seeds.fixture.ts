/** A thread of the simulation: plays the seeds that it is given, one after the other, and says what they showed. */
import { parentPort } from "node:worker_threads";
import type { Played, Seeds } from "./play-seeds.ts";
import { drawScript, simulate } from "./simulate.ts";

// Errors are part of most stories, and where they come from is told by the replay.
Error.stackTraceLimit = 0;

parentPort?.on("message", async ({ first, count }: Seeds) => {
  const broken: Played["broken"][number][] = [];
  let steps = 0;
  let calls = 0;
  for (let seed = first; seed < first + count; seed++) {
    const schedule = await simulate(drawScript(seed));
    steps += schedule.steps;
    calls += schedule.calls;
    const [violation] = schedule.violations;
    if (violation) broken.push({ seed, ...violation });
  }
  parentPort?.postMessage({ count, steps, calls, broken } satisfies Played);
});
