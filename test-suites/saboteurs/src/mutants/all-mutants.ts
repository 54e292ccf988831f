import { crossedMutants } from "./crossed-mutants.ts";
import { deriveMutants } from "./derived-mutants.ts";
import type { Mutant } from "./mutant.ts";

/** Every mutant there is. */
export async function allMutants(): Promise<readonly Mutant[]> {
  return [...(await deriveMutants()), ...crossedMutants];
}
