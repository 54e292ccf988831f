import type { estypes } from "@elastic/elasticsearch";
import { type PredicateDialect, tokenComparison } from "@loci/core/store";

type Query = NonNullable<estypes.QueryDslQueryContainer>;

/** Predicates as queries that filter and do not score. Metadata is compared by tokens, and its numbers in nested documents. */
export const dialect: PredicateDialect<Query> = {
  everything: { match_all: {} },
  nothing: { match_none: {} },
  and: (parts) => ({ bool: { filter: [...parts] } }),
  or: (parts) => ({ bool: { should: [...parts], minimum_should_match: 1 } }),
  oneOf: (column, values) => ({ terms: { [column]: [...values] } }),
  range: (column, operator, value) => ({ range: { [column]: { [operator]: value } } }),
  field(comparison) {
    const asked = tokenComparison(comparison);
    const plain: Query =
      asked.type === "any"
        ? { terms: { tokens: [...asked.tokens] } }
        : {
            nested: {
              path: "numbers",
              query: {
                bool: {
                  filter: [
                    { term: { "numbers.token": asked.token } },
                    { range: { "numbers.value": { [asked.operator]: asked.value } } },
                  ],
                },
              },
            },
          };
    return comparison.negated ? { bool: { must_not: [plain] } } : plain;
  },
};
