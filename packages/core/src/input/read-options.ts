import { type CallOptions, callOptions } from "./call-options.ts";
import type { OptionTable } from "./option-table.ts";
import { parseMoment } from "./parse-moment.ts";

/** Options of `get` and `getMany`, and of every other read. */
export interface ReadOptions extends CallOptions {
  /** Reads what held at that moment: a Date or an ISO 8601 string. Default: now. */
  readonly asOf?: Date | string;
}

export const readOptions: OptionTable<ReadOptions> = { ...callOptions, asOf: parseMoment };
