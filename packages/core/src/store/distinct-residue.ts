import type { Residue } from "./vector-store.ts";

/** Each residue once. */
export function distinctResidue(residue: readonly Residue[]): readonly Residue[] {
  return [...new Map(residue.map((left) => [`${left.where}\n${left.clearedBy}`, left])).values()];
}
