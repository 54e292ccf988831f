import { parseKey } from "./id-or-key.ts";
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
  /**
   * Lists only memories whose key is this path or below it, `/` between its parts: "notes" finds "notes" and "notes/a", never
   * "notes2". Default: those with and without a key.
   */
  readonly keyPrefix?: string;
  /** The most memories on a page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** The cursor of the page before, of the same scope, `levels`, `filter`, `keyPrefix` and `asOf`. Default: the first page. */
  readonly cursor?: string;
}

export const listOptions: OptionTable<ListOptions> = {
  ...queryOptions,
  keyPrefix: parseKey,
  limit: wholeNumber(1000),
  cursor: parseString,
};

export type ParsedListOptions = Parsed<ListOptions>;
