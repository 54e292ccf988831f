import type { MetadataFilter } from "../filter/filter.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Levels } from "../scope/scope.ts";
import { oneOf } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { parseMoment } from "./parse-moment.ts";
import { type ReadOptions, readOptions } from "./read-options.ts";
import { type Source, sources } from "./source.ts";

/** Options of reads that look through many memories. */
export interface QueryOptions extends ReadOptions {
  /**
   * Which levels are read. `visible`: the scope and everything above it. `own`: exactly the scope. `within`: the scope
   * and everything below it. Default: "visible".
   */
  readonly levels?: Levels;
  /** Reads only memories whose metadata matches. Default: all. */
  readonly filter?: MetadataFilter;
  /** Reads only what was said at this moment or later: a Date, a day of the time zone, or an ISO 8601 string. Default: all. */
  readonly after?: Date | string;
  /** Reads only what was said before this moment. Default: all. */
  readonly before?: Date | string;
  /** Reads only memories whose source is trusted at least as this one: `user` leaves out what assistants, tools and documents said. Default: all. */
  readonly minimumTrust?: Source;
}

export const queryOptions: OptionTable<QueryOptions> = {
  ...readOptions,
  levels: oneOf("visible", "own", "within"),
  filter: parseFilter,
  after: parseMoment,
  before: parseMoment,
  minimumTrust: oneOf<Source>(...sources),
};

/** What a query has to say of time and metadata. */
export type ParsedQuery = Parsed<
  Pick<QueryOptions, "asOf" | "levels" | "filter" | "minimumTrust" | "after" | "before">
>;
