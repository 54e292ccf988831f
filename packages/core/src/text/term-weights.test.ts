import { expect, it } from "vitest";
import { documentTermVector, queryTermVector } from "./term-weights.ts";

const weights = { own: 1, before: 0.5, after: 0.3 };

function product(
  ...[keywords, terms]: [Parameters<typeof documentTermVector>[0], readonly string[]]
): number {
  const document = documentTermVector(keywords);
  const query = queryTermVector(terms, weights);
  return query.indices.reduce((sum, place, index) => {
    const at = document.indices.indexOf(place);
    return sum + (at < 0 ? 0 : (document.values[at] ?? 0) * (query.values[index] ?? 0));
  }, 0);
}

it("weighs a word by its field, its repetitions and the length of the text", () => {
  const filler = Array.from({ length: 40 }, (_, index) => `w${index}`);
  const own = product({ own: ["red"], before: [], after: [] }, ["red"]);
  expect(product({ own: [], before: ["red"], after: [] }, ["red"])).toBeCloseTo(own / 2);
  expect(product({ own: [], before: [], after: ["red"] }, ["red"])).toBeCloseTo(own * 0.3);
  const twice = product({ own: ["red", "red"], before: [], after: [] }, ["red"]);
  expect(twice).toBeGreaterThan(own);
  expect(twice).toBeLessThan(2 * own);
  expect(product({ own: ["red", ...filler], before: [], after: [] }, ["red"])).toBeLessThan(own);
  expect(product({ own: ["red"], before: [], after: [] }, ["blue"])).toBe(0);
});

it("makes vectors that a backend takes: whole numbers of 32 bits, once each, in order", () => {
  const { indices, values } = documentTermVector({ own: ["a", "b", "a", "猫"], before: ["a"], after: ["ü"] });
  expect(indices).toHaveLength(5);
  expect(values).toHaveLength(5);
  expect([...indices].sort((a, z) => a - z)).toEqual(indices);
  for (const place of indices) expect(Number.isInteger(place) && place >= 0 && place < 2 ** 32).toBe(true);
});
