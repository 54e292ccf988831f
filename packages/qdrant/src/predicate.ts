import {
  assertScopeFilter,
  type Comparison,
  type Filter,
  type ScopeFilter,
  type ScopeKey,
  systemColumns,
  tokenComparison,
} from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";

type Condition = Schemas["Condition"];
export type Conditions = Schemas["Filter"];

const levels = ["user", "agent", "run"] as const;

/** Everything that is compared for equality lies in one indexed list of a point, under a name that says what it is. */
export function placementTokens(scopeKey: ScopeKey): readonly string[] {
  return levels.map((level) => `${level}:${scopeKey[level]}`);
}

export function idToken(id: string): string {
  return `id:${id}`;
}

export function anyToken(tokens: readonly string[]): Condition {
  return { key: "tokens", match: { any: [...tokens] } };
}

/**
 * What a query may see: the reach, and the filter inside it. Never empty: an empty filter would match everything.
 * @throws TypeError for a reach that core has not minted: without one, nothing is reached.
 */
export function predicate(scope: ScopeFilter, filter?: Filter, ...more: readonly Condition[]): Conditions {
  assertScopeFilter(scope);
  const reached = levels.flatMap((level): Condition[] => {
    const allowed = scope[level];
    return allowed === "any" ? [] : [anyToken(allowed.map((value) => `${level}:${value}`))];
  });
  const everything: Condition = { must_not: [{ has_id: [] }] };
  const must = [...reached, ...more, ...(filter ? [filterCondition(filter)] : [])];
  return { must: must.length > 0 ? must : [everything] };
}

function filterCondition(filter: Filter): Condition {
  if (filter.type === "and") return { must: filter.filters.map(filterCondition) };
  if (filter.type === "or") return { should: filter.filters.map(filterCondition) };
  const key = systemColumns[filter.field];
  const plain = key ? systemCondition(filter, key) : fieldCondition(filter);
  return filter.negated ? { must_not: [plain] } : plain;
}

function systemCondition(filter: Comparison, key: string): Condition {
  if (filter.type === "exists") return { must_not: [{ has_id: [] }] };
  if (filter.type === "range") return { key, range: { [filter.operator]: filter.value } };
  const values = filter.values.filter((value) => typeof value === "number");
  if (values.length === 0) return { has_id: [] };
  // A number is matched by a range: a match takes whole numbers only.
  return { should: values.map((value) => ({ key, range: { gte: value, lte: value } })) };
}

function fieldCondition(filter: Comparison): Condition {
  const asked = tokenComparison(filter);
  if (asked.type === "any") return anyToken(asked.tokens);
  return { key: numberKey(asked.token), range: { [asked.operator]: asked.value } };
}

/** The path of a field that is one number: quoted, since a dot or a dash outside quotes has a meaning. */
function numberKey(token: string): string {
  return `numbers."${token}"`;
}
