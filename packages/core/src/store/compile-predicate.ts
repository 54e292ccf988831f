import type { Comparison, FieldScalar, Filter, RangeComparison } from "../filter/filter.ts";
import { assertScopeFilter, type ScopeFilter, type ScopeKey } from "../scope/scope-filter.ts";

/**
 * Compiles what a call may see into the form that a backend takes: the scope filter, then the ids, then the caller's filter, all
 * of which have to hold. The scope filter is always at the root of the conjunction. Nothing that the filter says can reach
 * it, whatever the filter contains.
 *
 * @example
 * const dialect: PredicateDialect<string> = { ... };
 * const where = compilePredicate({ within, filter }, dialect);
 * // ("user" in ('', 'alice') and "agent" in ('')) and city = 'Berlin'
 *
 * @throws TypeError for a scope filter that core has not minted, and for a filter that core has not parsed
 */
export function compilePredicate<P>(query: PredicateQuery, dialect: PredicateDialect<P>): P {
  const { scope, ids, filter } = query;
  assertScopeFilter(scope);
  const levels = scopeLevels.flatMap((level) => {
    const allowed = scope[level];
    return allowed === "any" ? [] : [dialect.oneOf(level, allowed)];
  });
  const parts = [
    ...(dialect.scope && levels.length > 0 ? [dialect.scope(all(levels, dialect))] : levels),
    ...(ids ? [ids.length > 0 ? dialect.oneOf("id", ids) : dialect.nothing] : []),
    ...(filter ? [compileFilter(filter, dialect)] : []),
  ];
  return all(parts, dialect);
}

/** What a call may see: every part that is there has to hold. */
export interface PredicateQuery {
  readonly scope: ScopeFilter;
  readonly ids?: readonly string[] | undefined;
  readonly filter?: Filter | undefined;
}

/** The columns of core's own numbers. Every record has each of them. */
type TimeColumn = "created_at" | "valid_from" | "valid_to" | "expires_at";

/**
 * How a backend says the parts of a predicate. `P` is whatever it takes: a text of SQL with its parameters, an object of JSON, a
 * function over a record. Values and names of fields come from users: they are parameters, never part of a text.
 */
export interface PredicateDialect<P> {
  /** Holds for every record. */
  readonly everything: P;
  /** Holds for no record. */
  readonly nothing: P;
  /** Holds when all parts hold. There are two or more. */
  and(parts: readonly P[]): P;
  /** Holds when at least one part holds. There are two or more. */
  or(parts: readonly P[]): P;
  /** Holds when the column is one of the values, compared code point by code point. There is at least one. */
  oneOf(column: keyof ScopeKey | "id", values: readonly string[]): P;
  /** Compares one of core's own numbers, in double precision. */
  range(column: TimeColumn, operator: RangeComparison["operator"], value: number): P;
  /**
   * Compares a field of the metadata. `in` has at least one value. `negated` holds for exactly the records for which the plain
   * comparison does not, those without the field included. `tokenComparison` reduces it to tokens, for backends that index those.
   */
  field(comparison: Comparison): P;
  /**
   * Turns the predicate on the three levels of a scope into one on records, for backends that keep the levels in a table of their
   * own. Default: it is one already.
   */
  scope?(levels: P): P;
}

const scopeLevels = ["user", "agent", "run"] as const;
const timeColumns: ReadonlyMap<string, TimeColumn> = new Map([
  ["$createdAt", "created_at"],
  ["$validFrom", "valid_from"],
  ["$validTo", "valid_to"],
  ["$expiresAt", "expires_at"],
]);
const inverse = { gt: "lte", gte: "lt", lt: "gte", lte: "gt" } as const;

function compileFilter<P>(filter: Filter, dialect: PredicateDialect<P>): P {
  switch (filter.type) {
    case "and":
    case "or": {
      if (filter.filters.length === 0) throw unknown(`an empty ${JSON.stringify(filter.type)}`);
      const parts = filter.filters.map((part) => compileFilter(part, dialect));
      return filter.type === "and" ? all(parts, dialect) : any(parts, dialect);
    }
    case "in":
    case "range":
    case "exists": {
      if (filter.type === "range" && !Object.hasOwn(inverse, filter.operator))
        throw unknown(`the operator ${JSON.stringify(filter.operator)}`);
      const column = timeColumns.get(filter.field);
      if (column) return compileTime(filter, column, dialect);
      if (filter.type !== "in" || filter.values.length > 0) return dialect.field(filter);
      return filter.negated ? dialect.everything : dialect.nothing;
    }
    default:
      throw unknown(`the type ${JSON.stringify((filter as { type: unknown }).type)}`);
  }
}

/** Every record has core's own fields, and they are numbers: what is asked of them are ranges. */
function compileTime<P>(filter: Comparison, column: TimeColumn, dialect: PredicateDialect<P>): P {
  if (filter.type === "exists") return filter.negated ? dialect.nothing : dialect.everything;
  if (filter.type === "range")
    return dialect.range(column, filter.negated ? inverse[filter.operator] : filter.operator, filter.value);
  const numbers = filter.values.filter((value: FieldScalar) => typeof value === "number");
  if (numbers.length === 0) return filter.negated ? dialect.everything : dialect.nothing;
  const sides = (value: number, [low, high]: readonly ["gte", "lte"] | readonly ["lt", "gt"]) => [
    dialect.range(column, low, value),
    dialect.range(column, high, value),
  ];
  return filter.negated
    ? all(
        numbers.map((value) => any(sides(value, ["lt", "gt"]), dialect)),
        dialect,
      )
    : any(
        numbers.map((value) => all(sides(value, ["gte", "lte"]), dialect)),
        dialect,
      );
}

function all<P>(parts: readonly P[], dialect: PredicateDialect<P>): P {
  const [only] = parts;
  if (only === undefined) return dialect.everything;
  return parts.length === 1 ? only : dialect.and(parts);
}

function any<P>(parts: readonly P[], dialect: PredicateDialect<P>): P {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : dialect.or(parts);
}

function unknown(what: string): TypeError {
  return new TypeError(`A filter has ${what}, which core does not make. Pass what parseFilter returns.`);
}
