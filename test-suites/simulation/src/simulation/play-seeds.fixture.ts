/** A thread of the simulation: plays its share of the seeds, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { Played, Seeds } from "./play-seeds.ts";
import { drawScript, simulate } from "./simulate.ts";

// Errors are part of most stories, and where they come from is told by the replay.
Error.stackTraceLimit = 0;
const { first, count } = workerData as Seeds;
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
parentPort?.postMessage({ steps, calls, broken } satisfies Played);
