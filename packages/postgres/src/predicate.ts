import {
  assertScopeFilter,
  type Comparison,
  type Filter,
  type ScopeFilter,
  systemColumns,
} from "@loci/core/store";
import { encodeText } from "./text-encoding.ts";

/** Collects the values of a statement, and hands out `$1` and on for them: no value becomes part of the text. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

/**
 * What a query may see of the records `r`: the reach, and the filter inside it.
 * @throws TypeError for a reach that core has not minted: without one, nothing is reached.
 */
export function predicate(scope: ScopeFilter, filter: Filter | undefined, parameters: Parameters): string {
  assertScopeFilter(scope);
  const levels = (["user", "agent", "run"] as const).flatMap((level) => {
    const allowed = scope[level];
    return allowed === "any" ? [] : [`r."${level}" = any(${parameters.add(allowed, "text[]")})`];
  });
  const narrower = filter ? [filterPredicate(filter, parameters)] : [];
  return [...levels, ...narrower].join(" and ") || "true";
}

function filterPredicate(filter: Filter, parameters: Parameters): string {
  if (filter.type === "and" || filter.type === "or") {
    return `(${filter.filters.map((part) => filterPredicate(part, parameters)).join(` ${filter.type} `)})`;
  }
  const column = systemColumns[filter.field];
  const plain = column ? columnPredicate(filter, column, parameters) : fieldPredicate(filter, parameters);
  return `(${plain}) is ${filter.negated ? "not true" : "true"}`;
}

function columnPredicate(filter: Comparison, column: string, parameters: Parameters): string {
  if (filter.type === "exists") return "true";
  if (filter.type === "range")
    return `r.${column} ${operators[filter.operator]} ${parameters.add(filter.value, "float8")}`;
  const numbers = filter.values.filter((value) => typeof value === "number");
  return `r.${column} = any(${parameters.add(numbers, "float8[]")})`;
}

/** Fields lie in one JSON object; a list contains each of its values, and so does a single value contain itself. */
function fieldPredicate(filter: Comparison, parameters: Parameters): string {
  const field = parameters.add(encodeText(filter.field), "text");
  if (filter.type === "exists") return `jsonb_exists(r.fields, ${field})`;
  if (filter.type === "in") {
    const values = filter.values.map((value) => JSON.stringify(encodeValue(value)));
    return `r.fields -> ${field} @> any(${parameters.add(values, "text[]")}::jsonb[])`;
  }
  const value = parameters.add(filter.value, "float8");
  return `case when jsonb_typeof(r.fields -> ${field}) = 'number' then (r.fields ->> ${field})::float8 ${operators[filter.operator]} ${value} end`;
}

export function encodeValue(value: string | number | boolean): string | number | boolean {
  return typeof value === "string" ? encodeText(value) : value;
}
