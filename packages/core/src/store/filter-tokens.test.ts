import { describe, expect, it } from "vitest";
import { type Comparison, noExpiry } from "../filter/filter.ts";
import { matchesFilter } from "../filter/matches-filter.ts";
import { filterTokens, tokenComparison } from "./filter-tokens.ts";

const system = { $createdAt: 1, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry };
const values = ["5", 5, -0, 0, 1.5, true, "true", "", "a", ["a", "b"], [5], ["5", true], "\u0000", "a:b"];
const names = ["a", "b", "a.b", "$.a", "", "\u0000"];

describe("filter tokens", () => {
  it("say of every field and value what the filter itself says", () => {
    const comparisons = names.flatMap((field): Comparison[] => [
      { type: "exists", field, negated: false },
      ...values.flat().map((value): Comparison => ({ type: "in", field, values: [value], negated: false })),
      ...([0, 1.5, 5] as const).map(
        (value): Comparison => ({ type: "range", field, operator: "gte", value, negated: false }),
      ),
    ]);
    let matched = 0;
    for (const name of names)
      for (const value of values) {
        const fields = { ...system, [name]: value };
        const { tokens, numbers } = filterTokens(fields);
        for (const comparison of comparisons) {
          const asked = tokenComparison(comparison);
          const holds =
            asked.type === "any"
              ? asked.tokens.some((token) => tokens.includes(token))
              : numbers.some(([token, number]) => token === asked.token && number >= asked.value);
          expect(holds, JSON.stringify([fields, comparison])).toBe(matchesFilter(fields, comparison));
          if (holds) matched += 1;
        }
      }
    expect(matched).toBeGreaterThan(50);
  });

  it("leave out core's own fields, and are plain", () => {
    expect(filterTokens(system)).toEqual({ tokens: [], numbers: [] });
    for (const token of filterTokens({ ...system, x: ["a", 1] }).tokens)
      expect(token).toMatch(/^[0-9a-f-]{36}$/);
  });
});
