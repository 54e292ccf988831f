/** `npm run mutants`: runs the suite on wrong stores that a program has made, and lists those that it does not see. */
import { parseArgs } from "node:util";
import { allMutants } from "./all-mutants.ts";
import { describeOutcome, summaryOf } from "./describe-outcomes.ts";
import { equivalentMutants } from "./equivalent-mutants.ts";
import { runMutants } from "./run-mutants.ts";
import { sampleOf } from "./sample.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    part: { type: "string", default: "1/1" },
    workers: { type: "string", default: "2" },
  },
});
const [part = 1, parts = 1] = values.part.split("/").map(Number);
const all = (await allMutants()).filter(({ id }) => !equivalentMutants.has(id));
const named = all.filter(
  ({ id }) => positionals.length === 0 || positionals.some((word) => id.includes(word)),
);
const sampled = values.sample ? sampleOf(named, Number(values.sample), Number(values.seed)) : named;
const chosen = sampled.filter((_, index) => index % parts === part - 1);
let done = 0;
const outcomes = await runMutants(chosen, Number(values.workers), (outcome) => {
  done += 1;
  console.log(`${done}/${chosen.length} ${describeOutcome(outcome)}`);
});
console.log(summaryOf(outcomes, equivalentMutants.size));
process.exitCode = outcomes.every(({ killedBy }) => killedBy !== undefined) ? 0 : 1;
