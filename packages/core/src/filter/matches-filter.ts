import type { Comparison, FieldScalar, FieldValue, Filter } from "./filter.ts";

const compare = {
  gt: (a: number, b: number) => a > b,
  gte: (a: number, b: number) => a >= b,
  lt: (a: number, b: number) => a < b,
  lte: (a: number, b: number) => a <= b,
};

/** The reference semantics of a filter. A field with the value undefined counts as missing. */
export function matchesFilter(fields: Readonly<Record<string, FieldValue>>, filter: Filter): boolean {
  if (filter.type === "and") return filter.filters.every((part) => matchesFilter(fields, part));
  if (filter.type === "or") return filter.filters.some((part) => matchesFilter(fields, part));
  const value = Object.hasOwn(fields, filter.field) ? fields[filter.field] : undefined;
  return holds(value, filter) !== filter.negated;
}

function holds(value: FieldValue | undefined, filter: Comparison): boolean {
  if (value === undefined) return false;
  if (filter.type === "exists") return true;
  if (filter.type === "range")
    return typeof value === "number" && compare[filter.operator](value, filter.value);
  const elements: readonly FieldScalar[] = typeof value === "object" ? value : [value];
  return elements.some((element) => filter.values.includes(element));
}
