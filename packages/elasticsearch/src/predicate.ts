import type { estypes } from "@elastic/elasticsearch";
import {
  assertScopeFilter,
  type Comparison,
  type Filter,
  type ScopeFilter,
  systemColumns,
  tokenComparison,
} from "@loci/core/store";

type Query = estypes.QueryDslQueryContainer;

/**
 * What a query may see: the reach, and the filter inside it, all of them.
 * @throws TypeError for a reach that core has not minted: without one, nothing is reached.
 */
export function predicate(scope: ScopeFilter, filter?: Filter): Query[] {
  assertScopeFilter(scope);
  const levels = (["user", "agent", "run"] as const).flatMap((level): Query[] => {
    const allowed = scope[level];
    return allowed === "any" ? [] : [{ terms: { [level]: [...allowed] } }];
  });
  return [...levels, ...(filter ? [filterQuery(filter)] : [])];
}

function filterQuery(filter: Filter): Query {
  if (filter.type === "and") return { bool: { filter: filter.filters.map(filterQuery) } };
  if (filter.type === "or")
    return { bool: { should: filter.filters.map(filterQuery), minimum_should_match: 1 } };
  const column = systemColumns[filter.field];
  const plain = column ? columnQuery(filter, column) : fieldQuery(filter);
  return filter.negated ? { bool: { must_not: [plain] } } : plain;
}

function columnQuery(filter: Comparison, column: string): Query {
  if (filter.type === "exists") return { match_all: {} };
  if (filter.type === "range") return { range: { [column]: { [filter.operator]: filter.value } } };
  return { terms: { [column]: filter.values.filter((value) => typeof value === "number") } };
}

function fieldQuery(filter: Comparison): Query {
  const asked = tokenComparison(filter);
  if (asked.type === "any") return { terms: { tokens: [...asked.tokens] } };
  return {
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
}
