/** `npm run simulate`: plays the stories of many seeds, and tells the first that breaks a promise. */
import { drawScript, simulate } from "./simulate.ts";

const first = Number(process.env.LOCI_SIMULATION_SEED ?? 1);
const count = process.env.LOCI_SIMULATION_SEED ? 1 : Number(process.argv[2] ?? 1000);
const start = performance.now();
const kinds = new Map<string, number[]>();
let steps = 0;
for (let seed = first; seed < first + count; seed++) {
  const lines: string[] = [];
  const result = await simulate(drawScript(seed), count === 1 ? { tell: (line) => lines.push(line) } : {});
  steps += result.steps;
  for (const { invariant } of result.violations.slice(0, 1))
    kinds.set(invariant, [...(kinds.get(invariant) ?? []), seed]);
  if (count === 1) {
    console.log(lines.join("\n"));
    console.log(result.violations);
  }
}
const seconds = (performance.now() - start) / 1000;
console.log(`${count} schedules, ${steps} steps, ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)}/s`);
for (const [kind, seeds] of kinds) console.log(kind, seeds.length, seeds.slice(0, 12).join(" "));
