import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { InvalidScopeError } from "../errors/invalid-scope-error.ts";
import { type ParsedScope, parseScope, readScope, scopeKeys, scopeKeysOf } from "../scope/parse-scope.ts";
import type { Tenancy } from "../scope/scope.ts";
import { namesHint, nearestName } from "../util/nearest-name.ts";
import { addOptions } from "./add-options.ts";
import { contextOptions } from "./context-options.ts";
import { fail } from "./fail.ts";
import { listOptions } from "./list-options.ts";
import { isOption, type OptionTable } from "./option-table.ts";
import { searchOptions } from "./search-options.ts";

/**
 * Splits the last argument of a flat call, such as `{ orgId, userId, limit }`, into scope and options. The table of the
 * operation says which names are options.
 * @throws InvalidScopeError; InvalidInputError for a misspelt option
 */
export function splitFlat<Options extends object>(
  given: readonly unknown[],
  table: OptionTable<Options>,
  tenancy: Tenancy,
): { readonly scope: ParsedScope; readonly options: Options } {
  const [argument, ...others] = given;
  // What is given apart would be ignored, a filter among it.
  if (others.some((other) => other !== undefined))
    fail("options", `are given apart from the scope: put them into one object, as in ${example(tenancy)}`);
  const scope = new Map<PropertyKey, unknown>();
  const options = new Map<PropertyKey, unknown>();
  for (const [key, value] of readScope(
    argument === undefined && tenancy === "single" ? {} : argument,
    tenancy,
  )) {
    if (isOption(key, table)) options.set(key, value);
    else if ((scopeKeys as readonly PropertyKey[]).includes(key)) scope.set(key, value);
    else throw unknownName(key, Object.keys(table), scopeKeysOf(tenancy));
  }
  return { scope: parseScope(scope, tenancy), options: Object.fromEntries(options) as Options };
}

function example(tenancy: Tenancy): string {
  return tenancy === "single" ? '{ userId: "alice", limit: 5 }' : '{ orgId: "acme", limit: 5 }';
}

/** The options of every flat call: an option of another call is no key of a scope. */
const allOptions = [addOptions, searchOptions, contextOptions, listOptions].flatMap(Object.keys);

/** A name that is neither an option nor a key of the scope is taken for what it resembles most. */
function unknownName(key: PropertyKey, options: readonly string[], keys: readonly string[]): Error {
  const meant = typeof key === "string" ? nearestName(key, [...keys, ...options, ...allOptions]) : undefined;
  const given = JSON.stringify(String(key));
  if (meant !== undefined && !keys.includes(meant)) {
    return new InvalidInputError(`There is no option ${given}; ${namesHint(key, options)}.`, {
      path: String(key),
    });
  }
  return new InvalidScopeError(
    `${given} is neither a key of a scope nor an option; ${namesHint(key, [...keys, ...options])}.`,
  );
}
