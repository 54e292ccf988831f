/** `npm run simulate`: plays the stories of many seeds, and tells the first that breaks a promise. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { invariants } from "../story/invariants.ts";
import { type PlayOptions, playSeeds } from "./play-seeds.ts";
import { drawScript } from "./simulate.ts";
import { tellShortest, tellStory } from "./tell-story.ts";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "20000" },
    first: { type: "string", default: "1" },
    workers: { type: "string", default: String(availableParallelism()) },
    shrink: { type: "boolean", default: false },
  },
});
/** After how many schedules a long run says how far it has come. */
const progressEvery = 10_000;

function readCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`Give a whole number from 1 on, not "${value}".`);
  return count;
}

const { LOCI_SIMULATION_SEED: seed } = process.env;
if (seed !== undefined) {
  const script = drawScript(Number(seed));
  console.log(await (values.shrink ? tellShortest(script) : tellStory(script)));
} else {
  const [count, first, workers] = [values.schedules, values.first, values.workers].map(readCount) as [
    number,
    number,
    number,
  ];
  const start = performance.now();
  let said = 0;
  const onProgress: PlayOptions["onProgress"] = (all, piece) => {
    for (const { seed, what } of piece.broken) console.log(`BROKEN by seed ${seed}: ${what}`);
    if (all.count < count && all.count < said + progressEvery) return;
    said = all.count;
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${all.count} schedules with ${all.calls} calls in ${all.steps} steps took ${seconds.toFixed(1)} s: ${(all.count / seconds).toFixed(0)} a second, ${all.broken.length} broken.`,
    );
  };
  const { broken } = await playSeeds({ first, count }, { workers, onProgress });
  for (const [invariant, found] of Map.groupBy(broken, (one) => one.invariant))
    console.log(
      `BROKEN: ${invariants[invariant]} ${found.length} times, by seeds ${found
        .slice(0, 10)
        .map((one) => one.seed)
        .join(", ")}.`,
    );
  const [found] = broken;
  if (found) {
    console.log(await tellShortest(drawScript(found.seed)));
    console.log(`The whole story: LOCI_SIMULATION_SEED=${found.seed} npm run simulate`);
    process.exitCode = 1;
  }
}
