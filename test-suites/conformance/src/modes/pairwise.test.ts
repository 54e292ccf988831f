import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomFrom } from "../oracles/random.ts";
import { eachValue, pairwise } from "./pairwise.ts";

describe("pairwise", () => {
  it("puts every two values of two factors together", () => {
    const factors = fc.dictionary(
      fc.constantFrom("a", "b", "c", "d", "e"),
      fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }),
      { minKeys: 2 },
    );
    fc.assert(
      fc.property(factors, fc.integer(), (given, seed) => {
        const rows = pairwise(given, randomFrom(seed));
        for (const [a, as] of Object.entries(given))
          for (const [b, bs] of Object.entries(given))
            for (const one of a === b ? [] : as)
              for (const other of bs)
                expect(rows.some((row) => row[a] === one && row[b] === other)).toBe(true);
      }),
    );
  });

  it("needs few more combinations than the two largest factors have pairs", () => {
    const sized = (size: number) => Array.from({ length: size }, (_, index) => index);
    const factors = {
      a: sized(17),
      b: sized(8),
      c: sized(8),
      d: sized(5),
      e: sized(4),
      f: sized(4),
      g: sized(3),
    };
    const rows = pairwise(factors, randomFrom(1));
    expect(rows.length).toBeGreaterThanOrEqual(17 * 8);
    expect(rows.length).toBeLessThan(17 * 8 * 1.25);
  });

  it("makes the same combinations of one seed, and others of another", () => {
    const factors = { a: [1, 2, 3, 4], b: ["x", "y", "z"], c: [true, false], d: [5, 6, 7] };
    expect(pairwise(factors, randomFrom(7))).toEqual(pairwise(factors, randomFrom(7)));
    expect(pairwise(factors, randomFrom(7))).not.toEqual(pairwise(factors, randomFrom(8)));
  });

  it("has every value of every factor once in few combinations", () => {
    const factors = { a: [1, 2, 3, 4], b: ["x", "y", "z"], c: [true, false] };
    const rows = eachValue(factors, randomFrom(3));
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map(({ a }) => a)).size).toBe(4);
    expect(new Set(rows.map(({ b }) => b)).size).toBe(3);
    expect(new Set(rows.map(({ c }) => c)).size).toBe(2);
  });
});
