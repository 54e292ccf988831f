import { type CallOptions, callOptions } from "./call-options.ts";
import { parseString, wholeNumber } from "./option-parsers.ts";
import type { OptionTable } from "./option-table.ts";

/**
 * Options of `organizations` and `receipts`.
 * @example
 * ```ts
 * const { organizations, cursor } = await memory.organizations({ limit: 50 });
 * ```
 */
export interface OrganizationsOptions extends CallOptions {
  /** The most entries on a page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** The cursor of the page before. Default: the first page. */
  readonly cursor?: string;
}

export const organizationsOptions: OptionTable<OrganizationsOptions> = {
  ...callOptions,
  limit: wholeNumber(1000),
  cursor: parseString,
};
