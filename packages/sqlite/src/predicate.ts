import type { SQLInputValue } from "node:sqlite";
import {
  assertScopeFilter,
  type Comparison,
  type Filter,
  type ScopeFilter,
  systemColumns,
} from "@loci/core/store";

/** A piece of SQL and the values of its parameters, which never become part of its text. */
export interface Predicate {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

const narrowColumns = ["$validTo", "$expiresAt"];
const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

/**
 * What a query may see: the reach, and the filter inside it. `table` is the alias of a table with the column
 * `scope` and, for what `narrow` says, the columns that the filter needs.
 */
export function predicate(scope: ScopeFilter, filter: Filter | undefined, table: string): Predicate {
  const parts = [reachPredicate(scope, table), ...(filter ? [filterPredicate(filter, table)] : [])];
  return join(parts, " and ");
}

/** Whether the narrow table has all that the filter asks for. */
export function isNarrow(filter: Filter | undefined): boolean {
  if (!filter) return true;
  if (filter.type === "and" || filter.type === "or") return filter.filters.every(isNarrow);
  return narrowColumns.includes(filter.field);
}

/** @throws TypeError for a reach that core has not minted: without one, nothing is reached. */
function reachPredicate(scope: ScopeFilter, table: string): Predicate {
  assertScopeFilter(scope);
  const levels = (["user", "agent", "run"] as const)
    .filter((level) => scope[level] !== "any")
    .map((level) => oneOf(level, scope[level]));
  if (levels.length === 0) return { sql: "true", parameters: [] };
  const { sql, parameters } = join(levels, " and ");
  return { sql: `${table}.scope in (select scope from scopes where ${sql})`, parameters };
}

function oneOf(column: string, allowed: ScopeFilter["user"]): Predicate {
  const values = allowed === "any" ? [] : allowed;
  return { sql: `${column} in (${values.map(() => "?").join(", ")})`, parameters: values };
}

function filterPredicate(filter: Filter, table: string): Predicate {
  if (filter.type === "and" || filter.type === "or") {
    const { sql, parameters } = join(
      filter.filters.map((part) => filterPredicate(part, table)),
      ` ${filter.type} `,
    );
    return { sql: `(${sql})`, parameters };
  }
  const column = systemColumns[filter.field];
  const plain = column ? columnPredicate(filter, `${table}.${column}`) : fieldPredicate(filter, table);
  return filter.negated ? { ...plain, sql: `not (${plain.sql})` } : plain;
}

function columnPredicate(filter: Comparison, column: string): Predicate {
  if (filter.type === "exists") return { sql: "true", parameters: [] };
  if (filter.type === "range")
    return { sql: `${column} ${operators[filter.operator]} ?`, parameters: [filter.value] };
  const numbers = filter.values.filter((value) => typeof value === "number");
  return { sql: `${column} in (${numbers.map(() => "?").join(", ")})`, parameters: numbers };
}

/** Fields lie in a JSON list of `[name, value]`, so that a name is always compared and never parsed as a path. */
function fieldPredicate(filter: Comparison, table: string): Predicate {
  const { sql, parameters } = valuePredicate(filter);
  return {
    sql: `exists (select 1 from json_each(${table}.fields) f where f.value ->> 0 = ? and ${sql})`,
    parameters: [filter.field, ...parameters],
  };
}

function valuePredicate(filter: Comparison): Predicate {
  if (filter.type === "exists") return { sql: "true", parameters: [] };
  if (filter.type === "range") {
    return {
      sql: `json_type(f.value, '$[1]') in ('integer', 'real') and f.value ->> 1 ${operators[filter.operator]} ?`,
      parameters: [filter.value],
    };
  }
  const alternatives = filter.values.map(equals);
  const { sql, parameters } = join(alternatives, " or ");
  return { sql: `exists (select 1 from json_each(f.value, '$[1]') v where ${sql})`, parameters };
}

function equals(value: string | number | boolean): Predicate {
  if (typeof value === "boolean") return { sql: `v.type = '${value}'`, parameters: [] };
  const types = typeof value === "string" ? "('text')" : "('integer', 'real')";
  return { sql: `v.type in ${types} and v.atom = ?`, parameters: [value] };
}

function join(parts: readonly Predicate[], separator: string): Predicate {
  return {
    sql: parts.map(({ sql }) => sql).join(separator),
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}
