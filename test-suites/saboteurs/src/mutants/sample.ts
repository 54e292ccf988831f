import { randomFrom } from "@loci/conformance";

/** Some of a list, drawn by a seed, in the order of the list. */
export function sampleOf<T>(all: readonly T[], size: number, seed: number): readonly T[] {
  const random = randomFrom(seed);
  const drawn = all
    .map((one, index) => ({ one, index, place: random() }))
    .toSorted((a, b) => a.place - b.place);
  return drawn
    .slice(0, size)
    .toSorted((a, b) => a.index - b.index)
    .map(({ one }) => one);
}
