import { parseNumber, wholeNumber } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";

/**
 * Options of `context`.
 * @example
 * ```ts
 * const { text } = await alice.context("What should I cook?", { maxTokens: 400 });
 * ```
 */
export interface ContextOptions extends QueryOptions {
  /** The most tokens that the text may take, as `tokens` counts them, 1 to 1,000,000. Default: 1,000. */
  readonly maxTokens?: number;
  /** The most memories, 1 to 1,000. Default: 50. */
  readonly limit?: number;
  /** The lowest score that a memory may have. Default: none. */
  readonly threshold?: number;
}

export const contextOptions: OptionTable<ContextOptions> = {
  ...queryOptions,
  maxTokens: wholeNumber(1_000_000),
  limit: wholeNumber(1000),
  threshold: parseNumber,
};

export type ParsedContextOptions = Parsed<ContextOptions>;
