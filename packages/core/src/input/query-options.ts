import type { MetadataFilter } from "../filter/filter.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Levels } from "../scope/scope.ts";
import { oneOf } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
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
  /** Reads only memories whose source is trusted at least as this one: `user` leaves out what assistants, tools and documents said. Default: all. */
  readonly minimumTrust?: Source;
}

export const queryOptions: OptionTable<QueryOptions> = {
  ...readOptions,
  levels: oneOf("visible", "own", "within"),
  filter: parseFilter,
  minimumTrust: oneOf<Source>(...sources),
};

/** What a query has to say of time and metadata. */
export type ParsedQuery = Parsed<Pick<QueryOptions, "asOf" | "levels" | "filter" | "minimumTrust">>;
