import {
  assertScopeFilter,
  type Comparison,
  type Filter,
  type ScopeFilter,
  systemColumns,
  tokenComparison,
} from "@loci/core/store";
import type { Where } from "chromadb";

type Operator = "gt" | "gte" | "lt" | "lte";

const inverse = { gt: "lte", gte: "lt", lt: "gte", lte: "gt" } as const;
const compare: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
};

/** The key of a token: true where the record has it. Chroma's lists are not used: they outlive their collection. */
export function tokenKey(token: string): string {
  return `t:${token}`;
}
/** The key of a field that is one number. */
export function numberKey(token: string): string {
  return `n:${token}`;
}
/** The key that says whether a field is one number. */
export function isNumberKey(token: string): string {
  return `h:${token}`;
}

/**
 * What a query may see: the reach, and the filter inside it; undefined where that is everything.
 * @throws TypeError for a reach that core has not minted: without one, nothing is reached.
 */
export function predicate(scope: ScopeFilter, filter?: Filter, ...more: readonly Where[]): Where | undefined {
  assertScopeFilter(scope);
  const levels = (["user", "agent", "run"] as const).flatMap((level): Where[] => {
    const allowed = scope[level];
    return allowed === "any" ? [] : [{ [level]: { $in: [...allowed] } } as Where];
  });
  const parts = [...levels, ...more, ...(filter ? [filterWhere(filter)] : [])];
  return parts.length === 0 ? undefined : both(parts);
}

function filterWhere(filter: Filter): Where {
  if (filter.type === "and") return both(filter.filters.map(filterWhere));
  if (filter.type === "or") return either(filter.filters.map(filterWhere));
  const key = systemColumns[filter.field];
  return key ? systemWhere(filter, key) : fieldWhere(filter);
}

/** Every record has core's own fields, and they are numbers. */
function systemWhere(filter: Comparison, key: string): Where {
  if (filter.type === "range") {
    return range(key, filter.negated ? inverse[filter.operator] : filter.operator, filter.value);
  }
  const all: Where = { namespace: { $ne: "" } };
  const none: Where = { namespace: "" };
  if (filter.type === "exists") return filter.negated ? none : all;
  const values = filter.values.filter((value) => typeof value === "number");
  if (values.length === 0) return filter.negated ? all : none;
  const equal = (value: number) => both([range(key, "gte", value), range(key, "lte", value)]);
  const other = (value: number) => either([range(key, "lt", value), range(key, "gt", value)]);
  return filter.negated ? both(values.map(other)) : either(values.map(equal));
}

function fieldWhere(filter: Comparison): Where {
  const asked = tokenComparison(filter);
  if (asked.type === "any") {
    return filter.negated
      ? both(asked.tokens.map((token): Where => ({ [tokenKey(token)]: { $ne: true } })))
      : either(asked.tokens.map((token): Where => ({ [tokenKey(token)]: true })));
  }
  const [key, isNumber] = [numberKey(asked.token), isNumberKey(asked.token)];
  return filter.negated
    ? either([{ [isNumber]: { $ne: true } }, range(key, inverse[asked.operator], asked.value)])
    : both([{ [isNumber]: true }, range(key, asked.operator, asked.value)]);
}

/**
 * Chroma keeps whole numbers apart from others, and cuts the fraction off what it compares them with: 5 is at least 5.5 to
 * it. Only the number without the fraction can be wrong, and is put right.
 */
export function range(key: string, operator: Operator, value: number): Where {
  const asked = { [key]: { [`$${operator}`]: value } } as Where;
  const cut = Math.trunc(value);
  if (cut === value) return asked;
  const seen = compare[operator](cut, cut);
  const right = compare[operator](cut, value);
  if (seen === right) return asked;
  return right ? either([asked, { [key]: cut }]) : both([asked, { [key]: { $ne: cut } }]);
}

export function both(parts: readonly Where[]): Where {
  return join("$and", parts);
}

function either(parts: readonly Where[]): Where {
  return join("$or", parts);
}

/** The client refuses a list of one. */
function join(operator: "$and" | "$or", parts: readonly Where[]): Where {
  const [only] = parts;
  return only && parts.length === 1 ? only : ({ [operator]: [...parts] } as Where);
}
