import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldValue, Filter, MetadataFilter } from "./filter.ts";
import { matchesFilter } from "./matches-filter.ts";
import { parseFilter } from "./parse-filter.ts";

const scalar = fc.oneof(fc.constantFrom("5", "x", ""), fc.constantFrom(5, -1, 7.5, 0), fc.boolean());
const fields: fc.Arbitrary<Record<string, FieldValue>> = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 3 })),
);
const condition = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $nin: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $gt: fc.integer({ min: -2, max: 8 }), $lte: fc.integer({ min: -2, max: 8 }) }),
  fc.record({ $exists: fc.boolean() }),
);
const { filter } = fc.letrec<{ filter: MetadataFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof(scalar, condition), {
      minKeys: 1,
    }) as fc.Arbitrary<MetadataFilter>,
    fc.record({ $and: fc.array(tie("filter"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ $or: fc.array(tie("filter"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ $not: tie("filter") }),
  ),
}));

describe("filters", () => {
  it("split everything into what matches and what does not, missing fields included", () => {
    fc.assert(
      fc.property(fields, filter, (record, given) => {
        const plain = matchesFilter(record, parseFilter(given));
        expect(matchesFilter(record, parseFilter({ $not: given }))).toBe(!plain);
      }),
      { numRuns: 2000 },
    );
  });

  it("reach stores without a negation around other filters, and never empty", () => {
    const check = (part: Filter): void => {
      if (part.type !== "and" && part.type !== "or") return;
      expect(part.filters.length).toBeGreaterThan(0);
      part.filters.forEach(check);
    };
    fc.assert(fc.property(filter, (given) => check(parseFilter({ $not: given }))));
    expect(parseFilter({ $not: { $and: [{ a: 1 }, { b: { $gt: 2 } }] } })).toEqual({
      type: "or",
      filters: [
        { type: "in", field: "a", values: [1], negated: true },
        { type: "range", field: "b", operator: "gt", value: 2, negated: true },
      ],
    });
  });

  it("says where a filter is wrong, and what would be right", () => {
    expect(() => parseFilter({ $and: [{ a: 1 }, { b: { $regex: "x" } }] })).toThrow(
      "filter.$and[1].b.$regex is an unknown operator; there are $eq, $ne, $in, $nin, $gt, $gte, $lt, $lte, $exists.",
    );
    expect(() => parseFilter({ a: null })).toThrow("{ $exists: false }");
  });
});
