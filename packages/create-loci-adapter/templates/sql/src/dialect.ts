import type { SQLInputValue } from "node:sqlite";
import { type PredicateDialect, tokenComparison } from "@loci/core/store";

/** A piece of SQL and the values of its parameters, which never become part of its text. */
export interface Sql {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** YOURS: how your backend says the parts of a condition about one row `r`. Core puts the scope at its root. */
export const dialect: PredicateDialect<Sql> = {
  everything: { sql: "true", parameters: [] },
  nothing: { sql: "false", parameters: [] },
  and: (parts) => join(parts, " and "),
  or: (parts) => join(parts, " or "),
  // A list is one parameter, since SQLite limits how many there are.
  oneOf: (column, values) => ({
    sql: `r."${column}" in (select value from json_each(?))`,
    parameters: [JSON.stringify(values)],
  }),
  range: (column, operator, value) => ({ sql: `r.${column} ${operators[operator]} ?`, parameters: [value] }),
  // Names and values of fields may hold any character: core makes tokens of them, which hold none that matters.
  field(comparison) {
    const asked = tokenComparison(comparison);
    const found: Sql =
      asked.type === "any"
        ? {
            sql: "exists (select 1 from json_each(?) one where instr(r.tokens, one.value) > 0)",
            parameters: [JSON.stringify(asked.tokens)],
          }
        : {
            sql: `exists (select 1 from json_each(r.numbers) one where one.key = ? and one.value ${operators[asked.operator]} ?)`,
            parameters: [asked.token, asked.value],
          };
    return comparison.negated ? { ...found, sql: `not ${found.sql}` } : found;
  },
};

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

function join(parts: readonly Sql[], operator: " and " | " or "): Sql {
  return {
    sql: `(${parts.map(({ sql }) => sql).join(operator)})`,
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}
