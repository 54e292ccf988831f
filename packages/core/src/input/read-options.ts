import { type DayOptions, dayOptions } from "./day-options.ts";
import type { OptionTable } from "./option-table.ts";
import { parseMoment } from "./parse-moment.ts";

/** Options of `get` and `getMany`, and of every other read. */
export interface ReadOptions extends DayOptions {
  /** Reads what held at that moment: a Date or an ISO 8601 string. Default: now. */
  readonly asOf?: Date | string;
}

export const readOptions: OptionTable<ReadOptions> = { ...dayOptions, asOf: parseMoment };
