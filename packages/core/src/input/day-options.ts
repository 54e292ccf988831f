import { type CallOptions, callOptions } from "./call-options.ts";
import type { OptionTable } from "./option-table.ts";
import { parseTimeZone } from "./parse-time-zone.ts";

/**
 * Options of operations that may name a day.
 * @example
 * ```ts
 * await alice.update(id, { expiresAt: "2030-01-31" }, { timeZone: "Asia/Tokyo" });
 * ```
 */
export interface DayOptions extends CallOptions {
  /**
   * Whose days are meant, where the call names one or a language model has to: "Europe/Berlin", or an offset such as "+05:30".
   * Default: the time zone of the memory.
   */
  readonly timeZone?: string;
}

export const dayOptions: OptionTable<DayOptions> = { ...callOptions, timeZone: parseTimeZone };
