/** Runs the suite on one mutant after another, as it is told. */
import { allMutants } from "./all-mutants.ts";
import { firstFailure } from "./first-failure.ts";
import { mutationSwitch } from "./mutation-switch.ts";

// What a mutant does after its end is nobody's concern.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

process.on("disconnect", () => process.exit());

const byId = new Map((await allMutants()).map((mutant) => [mutant.id, mutant]));
process.on("message", async (id: string) => {
  const start = performance.now();
  const answer = await run(id).catch((error: unknown) => ({
    failure: { id: "the store cannot be made", detail: String(error) },
  }));
  mutationSwitch.activeMutant = undefined;
  process.send?.({ ...answer, milliseconds: Math.round(performance.now() - start) });
});
process.send?.("ready");

async function run(id: string) {
  const mutant = byId.get(id);
  if (!mutant) throw new Error(`There is no mutant ${id}.`);
  const { harness, reaching } = await mutant.prepare();
  return { failure: await firstFailure(harness, reaching), unreached: reaching?.size === 0 };
}
