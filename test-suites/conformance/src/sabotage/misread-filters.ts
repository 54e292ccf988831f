import type { Comparison, FieldScalar, Filter } from "@loci/core/store";
import { rightConditions } from "./conditions.ts";
import { condition, filtered } from "./forgotten-conditions.ts";
import type { NamedMistake } from "./named-mistake.ts";

/** Filters of which a part is left out, or read otherwise. */
export const misreadFilters: readonly NamedMistake[] = [
  misreads("drops-or", "Reads the first part of an $or", (filter) =>
    filter.type === "or" ? (filter.filters[0] ?? filter) : filter,
  ),
  misreads("drops-and", "Reads the first part of an $and", (filter) =>
    filter.type === "and" ? (filter.filters[0] ?? filter) : filter,
  ),
  misreads("takes-or-for-and", "Reads $or as $and", (filter) =>
    filter.type === "or" ? { ...filter, type: "and" } : filter,
  ),
  misreads("takes-and-for-or", "Reads $and as $or", (filter) =>
    filter.type === "and" ? { ...filter, type: "or" } : filter,
  ),
  compares("drops-negations", "Reads no negation", (one) => ({ ...one, negated: false })),
  compares("takes-gt-for-gte", "Lets $gt and $lt include the bound", (one) =>
    one.type !== "range"
      ? one
      : { ...one, operator: one.operator === "gt" ? "gte" : one.operator === "lt" ? "lte" : one.operator },
  ),
  compares("takes-gte-for-gt", "Lets $gte and $lte leave out the bound", (one) =>
    one.type !== "range"
      ? one
      : { ...one, operator: one.operator === "gte" ? "gt" : one.operator === "lte" ? "lt" : one.operator },
  ),
  compares("shifts-bounds", "Adds one to the bound of a range", (one) =>
    one.type !== "range" ? one : { ...one, value: one.value + 1 },
  ),
  compares("rounds-bounds", "Rounds the bound of a range", (one) =>
    one.type !== "range" ? one : { ...one, value: Math.floor(one.value) },
  ),
  compares("compares-floats", "Compares bounds in single precision", (one) =>
    one.type !== "range" ? one : { ...one, value: Math.fround(one.value) },
  ),
  compares("takes-one-value", "Reads the first value of a list", (one) =>
    one.type !== "in" ? one : { ...one, values: one.values.slice(0, 1) },
  ),
  compares("takes-100-values", "Reads the first 100 values of a list", (one) =>
    one.type !== "in" ? one : { ...one, values: one.values.slice(0, 100) },
  ),
  compares("compares-numbers-as-texts", "Compares a number with texts", (one) =>
    one.type !== "in" ? one : { ...one, values: [...one.values, ...one.values.map(String)] },
  ),
  compares("folds-values", "Compares texts in lower case", (one) =>
    one.type !== "in"
      ? one
      : {
          ...one,
          values: one.values.flatMap((value): readonly FieldScalar[] =>
            typeof value === "string" ? [value, value.toLowerCase(), value.toUpperCase()] : [value],
          ),
        },
  ),
  leavesOut("exists", "$exists", (one) => one.type === "exists"),
  leavesOut("ranges", "ranges", (one) => one.type === "range"),
  leavesOut("negations", "negations", (one) => one.negated),
  leavesOut("expiry", "when a record expires", ({ field }) => field === "$expiresAt"),
  leavesOut("the-end-of-validity", "when a record was closed", ({ field }) => field === "$validTo"),
  leavesOut("the-begin-of-validity", "when a record begins to hold", ({ field }) => field === "$validFrom"),
  leavesOut("the-creation", "when a record was made", ({ field }) => field === "$createdAt"),
  leavesOut("dotted-fields", "fields with a dot", ({ field }) => field.includes(".")),
];

/** Reads filters as others, each part after those below it. */
function misreads(id: string, does: string, read: (filter: Filter) => Filter): NamedMistake {
  const readAll = (filter: Filter): Filter =>
    read(
      filter.type === "and" || filter.type === "or"
        ? { ...filter, filters: filter.filters.map(readAll) }
        : filter,
    );
  return condition(id, does, filtered, {
    filter: (record, { filter, ...query }) =>
      rightConditions.filter(record, { ...query, filter: filter && readAll(filter) }),
  });
}

function compares(id: string, does: string, read: (comparison: Comparison) => Comparison): NamedMistake {
  return misreads(id, does, (filter) =>
    filter.type === "and" || filter.type === "or" ? filter : read(filter),
  );
}

/** Every record passes comparisons of a kind. */
function leavesOut(what: string, named: string, left: (comparison: Comparison) => boolean): NamedMistake {
  const passed: Filter = { type: "exists", field: "$createdAt", negated: false };
  return misreads(`leaves-out-${what}`, `Leaves ${named} out of filters`, (filter) =>
    filter.type !== "and" && filter.type !== "or" && left(filter) ? passed : filter,
  );
}
