import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { InvalidScopeError } from "../errors/invalid-scope-error.ts";
import type { Filter } from "../filter/filter.ts";
import { scopeKeys } from "../scope/parse-scope.ts";
import { namesHint, nearestName } from "../util/nearest-name.ts";
import { readPlainObject } from "../util/read-plain-object.ts";
import { readUntrusted } from "../util/read-untrusted.ts";
import { fail } from "./fail.ts";
import { parseTimeZone } from "./parse-time-zone.ts";

/** The options of one operation, each with its parser, which is told whose days are meant. What the operation takes follows from this table alone. */
export type OptionTable<Options> = {
  readonly [Name in keyof Options]-?: (
    value: unknown,
    path: string,
    timeZone: string,
  ) => Exclude<Parsed<Options>[Name], undefined>;
};

/** Options after checking: moments are milliseconds since 1970, a filter is in normal form. */
export type Parsed<Options> = {
  readonly [Name in keyof Options]?: Name extends keyof ParsedForms ? ParsedForms[Name] : Options[Name];
};

interface ParsedForms {
  readonly asOf: number;
  readonly after: number;
  readonly before: number;
  readonly timestamp: number;
  readonly expiresAt: number | null;
  readonly filter: Filter;
}

/**
 * Checks the options of one operation. Each is read once; an undefined one counts as absent, except `filter`:
 * a filter that got lost on the way must not widen a search.
 * @param timeZone of the days that are named, where the options give none
 * @throws InvalidInputError, InvalidFilterError, InvalidMetadataError; InvalidScopeError for a key of a scope
 */
export function parseOptions<Options>(
  value: unknown,
  table: OptionTable<Options>,
  timeZone = "UTC",
): Parsed<Options> {
  const entries = readPlainObject(
    value,
    (problem) => new InvalidInputError(`options ${problem}.`, { path: "options" }),
  );
  const parsed: Record<string, unknown> = {};
  const own = isOption("timeZone", table) ? new Map(entries).get("timeZone") : undefined;
  const zone = own === undefined ? timeZone : parseTimeZone(own, "timeZone");
  for (const [name, option] of entries) {
    if (!isOption(name, table)) throw unknownOption(name, table);
    if (option === undefined && name !== "filter") continue;
    parsed[name] = readUntrusted(name, () => table[name](option, name, zone));
  }
  const { after, before } = parsed;
  if (typeof after === "number" && typeof before === "number" && after >= before)
    fail("before", "must be later than after, or nothing lies between them");
  return parsed as Parsed<Options>;
}

/** Whether the table has an option of this name. */
export function isOption<Options>(
  name: PropertyKey,
  table: OptionTable<Options>,
): name is keyof Options & string {
  return typeof name === "string" && Object.hasOwn(table, name);
}

/** The error for an option that the table does not have, which may be a key of a scope. */
function unknownOption<Options>(name: PropertyKey, table: OptionTable<Options>): Error {
  const given = JSON.stringify(String(name));
  const names = Object.keys(table);
  const meant = typeof name === "string" ? nearestName(name, [...scopeKeys, ...names]) : undefined;
  if (meant !== undefined && scopeKeys.includes(meant)) {
    return new InvalidScopeError(
      `${given} is not accepted here: this handle is bound to its scope. Take another handle from memory.scope() or memory.organization().`,
    );
  }
  return new InvalidInputError(`There is no option ${given}; ${namesHint(name, names)}.`, {
    path: String(name),
  });
}
