/** `npm run simulate`: plays the stories of many seeds, and tells the first that breaks a promise. */
import { invariants } from "../story/invariants.ts";
import { isKnown } from "./known-faults.ts";
import { shrink } from "./shrink.ts";
import { drawScript, simulate } from "./simulate.ts";
import { tellStory } from "./tell-story.ts";

const seed = process.env.LOCI_SIMULATION_SEED;
const [count = "20000"] = process.argv.slice(2);
const strict = process.argv.includes("--strict");
const options = strict ? {} : { isKnown };
if (seed !== undefined) {
  console.log(await tellStory(drawScript(Number(seed)), options));
} else {
  const start = performance.now();
  const broken = new Map<string, number[]>();
  let steps = 0;
  for (let at = 1; at <= Number(count); at++) {
    const result = await simulate(drawScript(at), options);
    steps += result.steps;
    const invariant = result.violations[0]?.invariant;
    if (invariant) broken.set(invariant, [...(broken.get(invariant) ?? []), at]);
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${count} schedules of ${Math.round(steps / Number(count))} steps in ${seconds.toFixed(1)} s: ${(Number(count) / seconds).toFixed(0)} a second.`,
  );
  for (const [invariant, seeds] of broken)
    console.log(`${invariant} (${invariants[invariant as keyof typeof invariants]}) ${seeds.length} times, by seed ${seeds.slice(0, 10).join(", ")}`);
  const [first] = [...broken.values()].flat().sort((a, b) => a - b);
  if (first !== undefined) {
    const script = drawScript(first);
    const invariant = (await simulate(script, options)).violations[0]?.invariant;
    if (invariant) console.log(await tellStory(await shrink(script, invariant, options), options));
    console.log(`To tell the whole story: LOCI_SIMULATION_SEED=${first} npm run simulate`);
    process.exitCode = 1;
  }
}
