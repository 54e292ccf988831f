/** `npm run simulate`: plays the stories of many seeds, and tells the first that breaks a promise. */
import { parseArgs } from "node:util";
import { invariants } from "../story/invariants.ts";
import { playSeeds } from "./play-seeds.ts";
import { drawScript } from "./simulate.ts";
import { tellShortest, tellStory } from "./tell-story.ts";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "20000" },
    first: { type: "string", default: "1" },
    shrink: { type: "boolean", default: false },
  },
});
const { LOCI_SIMULATION_SEED: seed } = process.env;
if (seed !== undefined) {
  const script = drawScript(Number(seed));
  console.log(await (values.shrink ? tellShortest(script) : tellStory(script)));
} else {
  const count = Number(values.schedules);
  const start = performance.now();
  const { steps, calls, broken } = await playSeeds({ first: Number(values.first), count });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${count} schedules with ${calls} calls in ${steps} steps took ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(0)} a second.`,
  );
  for (const [invariant, found] of Map.groupBy(broken, (one) => one.invariant))
    console.log(
      `BROKEN: ${invariants[invariant]} ${found.length} times, by seeds ${found
        .slice(0, 10)
        .map((one) => one.seed)
        .join(", ")}.`,
    );
  const [first] = broken;
  if (first) {
    console.log(await tellShortest(drawScript(first.seed)));
    console.log(`The whole story: LOCI_SIMULATION_SEED=${first.seed} npm run simulate`);
    process.exitCode = 1;
  }
}
