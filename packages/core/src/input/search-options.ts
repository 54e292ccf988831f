import { oneOf, parseBoolean, parseNumber, wholeNumber } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";

/**
 * Options of `search`.
 * @example
 * ```ts
 * await alice.search("Where does she live?", { limit: 5, filter: { source: "chat" }, explain: true });
 * ```
 */
export interface SearchOptions extends QueryOptions {
  /** The most results, 1 to 1,000. Default: 10. */
  readonly limit?: number;
  /** The lowest score that a result may have. Default: none, so that the best are returned, however weak. */
  readonly threshold?: number;
  /** Whether each result says how its score came about. Default: false. */
  readonly explain?: boolean;
  /**
   * What a time that the query names does, such as "last week", "im März" or "先週". `soft`: what was said then gets a bonus, and nothing is
   * left out. `strict`: reads only what was said then. `ignore`: nothing. "Last week" is the one before `asOf` (default: now), in the days of
   * `timeZone`. Default: "soft".
   */
  readonly time?: "soft" | "strict" | "ignore";
}

export const searchOptions: OptionTable<SearchOptions> = {
  ...queryOptions,
  limit: wholeNumber(1000),
  threshold: parseNumber,
  explain: parseBoolean,
  time: oneOf("soft", "strict", "ignore"),
};

export type ParsedSearchOptions = Parsed<SearchOptions>;
