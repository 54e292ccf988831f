import { parseString, wholeNumber } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";

/**
 * Options of `list`.
 * @example
 * ```ts
 * const first = await alice.list({ limit: 20 });
 * if (first.cursor) await alice.list({ limit: 20, cursor: first.cursor });
 * ```
 */
export interface ListOptions extends QueryOptions {
  /** The most memories on a page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** The cursor of the page before, of the same scope, `levels`, `filter` and `asOf`. Default: the first page. */
  readonly cursor?: string;
}

export const listOptions: OptionTable<ListOptions> = {
  ...queryOptions,
  limit: wholeNumber(1000),
  cursor: parseString,
};

export type ParsedListOptions = Parsed<ListOptions>;
