import type { SQLInputValue } from "node:sqlite";
import type { Comparison, FieldScalar, PredicateDialect } from "@loci/core/store";

/** Predicates as SQL about `r`: a row of `records`, or of `signs` where the predicate is narrow. */
export const dialect: PredicateDialect<Predicate> = {
  everything: predicate("true"),
  nothing: predicate("false"),
  and: (parts) => join(parts, " and "),
  or: (parts) => join(parts, " or "),
  oneOf: (column, values) => (column === "id" ? isIn("r.id", values, false) : isIn(column, values)),
  range(column, operator, value) {
    const narrow = column === "valid_to" || column === "expires_at";
    // A partial index serves a condition that is word by word its own.
    if (value === 0) return predicate(`r.${column} ${operators[operator]} 0`, [], narrow);
    return predicate(`r.${column} ${operators[operator]} ?`, [value], narrow);
  },
  /** Fields are a JSON list of `[name, value]`, so that a name is always compared and never parsed as a path. */
  field(comparison) {
    const { sql, parameters } = ofValue(comparison);
    const mentioned = mentions(comparison);
    const found = `(${mentioned.sql} and exists (select 1 from json_each(r.fields) f where f.value ->> 0 = ? and ${sql}))`;
    const all = [...mentioned.parameters, comparison.field, ...parameters];
    return predicate(comparison.negated ? `not ${found}` : found, all, false);
  },
  scope: ({ sql, parameters }) => predicate(`r.scope in (select scope from scopes where ${sql})`, parameters),
};

/** A piece of SQL and the values of its parameters, which never become part of its text. */
export interface Predicate {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
  /** Whether the table `signs` has all columns that it needs. */
  readonly narrow: boolean;
}

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" };
/** The values of each type in JSON: 5, "5" and true are three. */
const types = {
  string: "v.type = 'text'",
  number: "v.type in ('integer', 'real')",
  boolean: "v.type in ('true', 'false')",
};

/**
 * Whether the text of the fields has the name in it, and one of the values where those are a few texts: what has them not is seen
 * much faster than by reading the JSON. They are written as `JSON.stringify` writes them.
 */
function mentions(comparison: Comparison): Predicate {
  const values = comparison.type === "in" ? comparison.values : [];
  const isFew = values.length <= 4 && values.every((value) => typeof value === "string");
  const has = (text: string) => predicate("instr(r.fields, ?) > 0", [JSON.stringify(text)], false);
  const name = has(comparison.field);
  return values.length > 0 && isFew
    ? join(
        [
          name,
          join(
            values.map((value) => has(String(value))),
            " or ",
          ),
        ],
        " and ",
      )
    : name;
}

/** What is asked of the value in `f.value`, a list of a name and a value. */
function ofValue(comparison: Comparison): Predicate {
  switch (comparison.type) {
    case "exists":
      return dialect.everything;
    case "range":
      return predicate(
        `json_type(f.value, '$[1]') in ('integer', 'real') and f.value ->> 1 ${operators[comparison.operator]} ?`,
        [comparison.value],
      );
    case "in": {
      const alternatives = Object.entries(types).flatMap(([type, sql]) => {
        const values = comparison.values.filter((value) => typeof value === type);
        return values.length > 0 ? [join([predicate(sql), isIn("v.atom", values)], " and ")] : [];
      });
      const { sql, parameters } = join(alternatives, " or ");
      return predicate(`exists (select 1 from json_each(f.value, '$[1]') v where ${sql})`, parameters);
    }
  }
}

/** One parameter for any number of values, since SQLite limits both parameters and the depth of expressions. */
function isIn(column: string, values: readonly FieldScalar[], narrow = true): Predicate {
  return predicate(`${column} in (select value from json_each(?))`, [JSON.stringify(values)], narrow);
}

function join(parts: readonly Predicate[], operator: " and " | " or "): Predicate {
  return predicate(
    `(${parts.map(({ sql }) => sql).join(operator)})`,
    parts.flatMap(({ parameters }) => parameters),
    parts.every(({ narrow }) => narrow),
  );
}

function predicate(sql: string, parameters: readonly SQLInputValue[] = [], narrow = true): Predicate {
  return { sql, parameters, narrow };
}
