import { type CallOptions, callOptions } from "./call-options.ts";
import { parseBoolean, wholeNumber } from "./option-parsers.ts";
import type { OptionTable } from "./option-table.ts";

/**
 * Options of `ping`.
 * @example
 * ```ts
 * await memory.ping({ models: true, timeout: 2000 });
 * ```
 */
export interface PingOptions extends CallOptions {
  /** Whether embedders and language models are asked as well. Default: false. */
  readonly models?: boolean;
  /** How long all of them may take, in milliseconds, 1 to 300,000. Default: 5,000. */
  readonly timeout?: number;
}

export const pingOptions: OptionTable<PingOptions> = {
  ...callOptions,
  models: parseBoolean,
  timeout: wholeNumber(300_000),
};
