import type { Comparison, PredicateDialect } from "@loci/core/store";
import type { SqlParameters } from "./sql-parameters.ts";
import { encodeText } from "./text-encoding.ts";

/** A condition on the records `r`, as a text of SQL once its values are among the parameters of a statement. */
export type Predicate = (parameters: SqlParameters) => string;

/** How PostgreSQL says what a call may see. */
export const dialect: PredicateDialect<Predicate> = {
  everything: () => "true",
  nothing: () => "false",
  and: (parts) => joined(parts, " and "),
  or: (parts) => joined(parts, " or "),
  oneOf: (column, values) => (parameters) => `r."${column}" = any(${parameters.add(values, "text[]")})`,
  range: (column, operator, value) => (parameters) =>
    `r.${column} ${operators[operator]} ${parameters.add(value, "float8")}`,
  field: (comparison) => (parameters) =>
    `(${fieldPredicate(comparison, parameters)}) is ${comparison.negated ? "not true" : "true"}`,
};

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

function joined(parts: readonly Predicate[], operator: string): Predicate {
  return (parameters) => `(${parts.map((part) => part(parameters)).join(operator)})`;
}

/** Fields lie in one JSON object; a list contains each of its values, and so does a single value contain itself. */
function fieldPredicate(comparison: Comparison, parameters: SqlParameters): string {
  const field = parameters.add(encodeText(comparison.field), "text");
  if (comparison.type === "exists") return `jsonb_exists(r.fields, ${field})`;
  if (comparison.type === "in") {
    const values = comparison.values.map((value) =>
      JSON.stringify(typeof value === "string" ? encodeText(value) : value),
    );
    return `r.fields -> ${field} @> any(${parameters.add(values, "text[]")}::jsonb[])`;
  }
  const value = parameters.add(comparison.value, "float8");
  return `case when jsonb_typeof(r.fields -> ${field}) = 'number' then (r.fields ->> ${field})::float8 ${operators[comparison.operator]} ${value} end`;
}
