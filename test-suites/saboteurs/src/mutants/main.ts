/** `npm run mutants [-- WORD ...] [--sample N] [--seed N]`: runs the suite on wrong stores that a program has made. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { allMutants } from "./all-mutants.ts";
import { runMutants } from "./run-mutants.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: "string", default: "2" }, json: { type: "string" } },
});
const all = await allMutants();
const chosen =
  positionals.length === 0 ? all : all.filter(({ id }) => positionals.some((word) => id.includes(word)));
let done = 0;
const outcomes = await runMutants(
  chosen,
  Number(values.workers),
  ({ id, killedBy, milliseconds, unreached }) => {
    done += 1;
    console.log(
      `${done}/${chosen.length} ${milliseconds} ms ${killedBy ?? (unreached ? "UNREACHED" : "ALIVE")} <= ${id}`,
    );
  },
);
if (values.json) writeFileSync(values.json, JSON.stringify(outcomes, null, 1));
const alive = outcomes.filter(({ killedBy }) => killedBy === undefined);
console.log(`${outcomes.length} mutants, ${outcomes.length - alive.length} killed, ${alive.length} alive.`);
