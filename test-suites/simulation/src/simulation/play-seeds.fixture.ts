/** A thread of the simulation: plays its share of the seeds, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { isKnown, knownFaultOf } from "./known-faults.ts";
import type { Played, Seeds } from "./play-seeds.ts";
import { drawScript, simulate } from "./simulate.ts";

const { first, count, isStrict } = workerData as Seeds;
const broken: Played["broken"][number][] = [];
const known: Record<string, number> = {};
let steps = 0;
let calls = 0;
for (let seed = first; seed < first + count; seed++) {
  const schedule = await simulate(drawScript(seed), isStrict ? {} : { isKnown });
  steps += schedule.steps;
  calls += schedule.calls;
  for (const reason of new Set(schedule.known.map((one) => knownFaultOf(one)?.reason ?? "")))
    known[reason] = (known[reason] ?? 0) + 1;
  const [violation] = schedule.violations;
  if (violation) broken.push({ seed, ...violation });
}
parentPort?.postMessage({ steps, calls, known, broken } satisfies Played);
