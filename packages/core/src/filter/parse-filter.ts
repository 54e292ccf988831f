import { InvalidFilterError } from "../errors/invalid-filter-error.ts";
import { describe } from "../util/describe.ts";
import { namesHint } from "../util/nearest-name.ts";
import { readPlainObject } from "../util/read-plain-object.ts";
import type { FieldScalar, Filter } from "./filter.ts";
import { metadataKeyProblem } from "./metadata.ts";

const maxDepth = 8;
const maxComparisons = 100;
const maxValues = 1000;

const logicalOperators = ["$and", "$or", "$not"];
const operators = ["$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists"];

/**
 * Validates an untrusted filter and converts it to negation normal form.
 * @throws InvalidFilterError for an unknown operator, a wrong type, an empty list or object, or a filter with more
 * than 8 levels, 100 comparisons or 1,000 values in a list
 */
export function parseFilter(input: unknown): Filter {
  return new FilterParser().parse(input, "filter", false, 1);
}

class FilterParser {
  #comparisons = 0;

  parse(input: unknown, path: string, negated: boolean, depth: number): Filter {
    if (depth > maxDepth) fail(path, `nests deeper than ${maxDepth} levels`);
    const entries = plainEntries(input, path);
    const logical = entries.find(([key]) => key.startsWith("$"));
    if (!logical) {
      const parts = entries.map(([field, value]) => this.#field(field, value, `${path}.${field}`, negated));
      return combine(negated ? "or" : "and", parts);
    }
    const [operator, operand] = logical;
    if (!logicalOperators.includes(operator)) {
      const hint = namesHint(operator, logicalOperators);
      fail(path, `has the unknown operator ${JSON.stringify(operator)} beside fields; ${hint}`);
    }
    if (entries.length > 1) fail(path, `has other keys next to ${operator}; combine them with $and`);
    if (operator === "$not") return this.parse(operand, `${path}.$not`, !negated, depth + 1);
    if (!Array.isArray(operand))
      fail(`${path}.${operator}`, `must be a list of filters, not ${describe(operand)}`);
    if (operand.length === 0) fail(`${path}.${operator}`, "is an empty list");
    const parts = operand.map((part, index) =>
      this.parse(part, `${path}.${operator}[${index}]`, negated, depth + 1),
    );
    // De Morgan: the negation of a conjunction is the disjunction of the negations.
    return combine((operator === "$and") === negated ? "or" : "and", parts);
  }

  #field(field: string, value: unknown, path: string, negated: boolean): Filter {
    const problem = metadataKeyProblem(field);
    if (problem) fail(path, `does not name a metadata field: the key ${problem}`);
    if (typeof value !== "object" || value === null) {
      return this.#comparison({ type: "in", field, values: [scalar(value, path)], negated });
    }
    if (Array.isArray(value)) {
      const meant = ["and", "or"].includes(field) ? `; did you mean $${field}?` : "";
      fail(path, `is a list; write { $in: [...] } for one of several values${meant}`);
    }
    const parts = plainEntries(value, path).map(([operator, operand]) =>
      this.#operator(field, operator, operand, `${path}.${operator}`, negated),
    );
    return combine(negated ? "or" : "and", parts);
  }

  #operator(field: string, operator: string, operand: unknown, path: string, negated: boolean): Filter {
    switch (operator) {
      case "$eq":
      case "$ne":
        return this.#comparison({
          type: "in",
          field,
          values: [scalar(operand, path)],
          negated: (operator === "$ne") !== negated,
        });
      case "$in":
      case "$nin":
        return this.#comparison({
          type: "in",
          field,
          values: list(operand, path),
          negated: (operator === "$nin") !== negated,
        });
      case "$gt":
      case "$gte":
      case "$lt":
      case "$lte":
        return this.#comparison({
          type: "range",
          field,
          operator: operator.slice(1) as "gt" | "gte" | "lt" | "lte",
          value: number(operand, path),
          negated,
        });
      case "$exists":
        if (typeof operand !== "boolean") fail(path, `must be true or false, not ${describe(operand)}`);
        return this.#comparison({ type: "exists", field, negated: operand === negated });
      default:
        return fail(path, `is an unknown operator; ${namesHint(operator, operators)}`);
    }
  }

  #comparison(filter: Filter): Filter {
    this.#comparisons += 1;
    if (this.#comparisons > maxComparisons) fail("filter", `has more than ${maxComparisons} comparisons`);
    return filter;
  }
}

function combine(type: "and" | "or", filters: readonly Filter[]): Filter {
  const [only] = filters;
  return filters.length === 1 && only ? only : { type, filters };
}

function plainEntries(value: unknown, path: string): [string, unknown][] {
  const read = readPlainObject(value, (problem) => new InvalidFilterError(`${path} ${problem}.`));
  const entries = [...read].map(([key, operand]): [string, unknown] =>
    typeof key === "string" ? [key, operand] : fail(path, "has a symbol as a key"),
  );
  if (entries.length === 0) fail(path, "is empty; leave it out to search without a filter");
  return entries;
}

function list(value: unknown, path: string): readonly FieldScalar[] {
  if (!Array.isArray(value)) fail(path, `must be a list of values, not ${describe(value)}`);
  if (value.length === 0) fail(path, "is an empty list");
  if (value.length > maxValues) fail(path, `has more than ${maxValues} values`);
  return Array.from(value, (element: unknown, index) => scalar(element, `${path}[${index}]`));
}

function scalar(value: unknown, path: string): FieldScalar {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return number(value, path);
  if (typeof value === "string") {
    if (!value.isWellFormed()) fail(path, "has a lone surrogate");
    return value;
  }
  const hint =
    value === null || value === undefined
      ? "; to look for memories without the field, write { $exists: false }"
      : "";
  return fail(path, `must be a string, a number or a boolean, not ${describe(value)}${hint}`);
}

function number(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    fail(path, `must be a finite number, not ${typeof value === "number" ? value : describe(value)}`);
  }
  return value === 0 ? 0 : value;
}

function fail(path: string, problem: string): never {
  throw new InvalidFilterError(`${path} ${problem}.`);
}
