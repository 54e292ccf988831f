import {
  type Fields,
  type Filter,
  type Manifest,
  type NamespaceKey,
  namespaceKey,
  noExpiry,
  parseFilter,
  type ScopeFilter,
  type ScopeKey,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import * as fc from "fast-check";

const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
export const key: NamespaceKey = namespaceKey(identity);
export const otherKey: NamespaceKey = namespaceKey({ ...identity, orgId: "rival" });
export const manifest: Manifest = {
  ...identity,
  scheme: 1,
  embedder: { id: "test", dimensions: 4 },
  createdAt: 0,
};

const levels: readonly string[] = ["", "a", "ab", "A", "%"];
const level: fc.Arbitrary<string> = fc.constantFrom(...levels);
const scopeKey: fc.Arbitrary<ScopeKey> = fc.record({
  user: level,
  agent: level,
  run: fc.constantFrom("", "r"),
});
const scalar: fc.Arbitrary<Fields[string]> = fc.oneof(
  fc.constantFrom("x", "5", "it's"),
  fc.constantFrom(5, 6, 5.5, 7.5, -5, -6, 0),
  fc.boolean(),
);
const word = fc.constantFrom("red", "blue", "green", "car", "train", "猫", 'quo"te', "OR");

/** Records with every kind of field, at places that are alike. */
export const record: fc.Arbitrary<VectorRecord> = fc.record(
  {
    id: fc.constantFrom("one", "two", "three", "four", "ONE", "o'ne"),
    namespace: fc.constant(key),
    scopeKey,
    fields: fc
      .record({
        created: fc.integer({ min: 1, max: 5 }),
        ends: fc.constantFrom(3, noExpiry),
        extra: fc.dictionary(
          fc.constantFrom("a", "a.b", 'k"', "$.a"),
          fc.oneof(scalar, fc.array(scalar as fc.Arbitrary<string>, { minLength: 1, maxLength: 2 })),
        ),
      })
      .map(({ created, ends, extra }) => ({
        ...extra,
        $createdAt: created,
        $validFrom: created,
        $validTo: ends,
        $expiresAt: noExpiry,
      })),
    keywords: fc.record({
      own: fc.array(word, { maxLength: 4 }),
      before: fc.array(word, { maxLength: 2 }),
      after: fc.array(word, { maxLength: 2 }),
    }),
    payload: fc.string({ unit: "grapheme" }),
    vector: fc
      .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: -3, max: 3 })))
      .filter((values) => values.some((value) => value !== 0))
      .map(normalize),
  },
  { requiredKeys: ["id", "namespace", "scopeKey", "fields", "keywords", "payload"] },
);

export const reach: fc.Arbitrary<ScopeFilter> = fc.oneof(
  scopeKey.map(({ user, agent, run }) =>
    scopeFilter({
      ...(user ? { userId: user } : {}),
      ...(agent ? { agentId: agent } : {}),
      ...(run ? { runId: run } : {}),
    }),
  ),
  level.map((user) => scopeFilter(user ? { userId: user } : {}, "within")),
);
export const filter: fc.Arbitrary<Filter | undefined> = fc.option(
  fc.constantFrom(
    parseFilter({ a: "x" }),
    parseFilter({ a: { $ne: 5 } }),
    parseFilter({ "a.b": { $exists: true } }),
    parseFilter({ $or: [{ a: true }, { 'k"': { $in: ["it's", "5"] } }] }),
    parseFilter({ $not: { a: { $gt: 5 } } }),
    // Between whole numbers, on either side of zero: some backends cut the fraction off.
    ...[5.5, -5.5, 0.5].flatMap((value) =>
      (["$gt", "$gte", "$lt", "$lte"] as const).flatMap((operator) => [
        parseFilter({ a: { [operator]: value } }),
        parseFilter({ $not: { a: { [operator]: value } } }),
      ]),
    ),
    { type: "range", field: "$validTo", operator: "gt", value: 3, negated: false } satisfies Filter,
    {
      type: "and",
      filters: [
        parseFilter({ a: { $exists: false } }),
        { type: "range", field: "$createdAt", operator: "lte", value: 3, negated: false },
      ],
    } satisfies Filter,
  ),
  { nil: undefined },
);

export function normalize(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}
