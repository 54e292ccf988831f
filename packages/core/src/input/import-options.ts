import { type CallOptions, callOptions } from "./call-options.ts";
import { oneOf, parseFunction, parseString } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import type { TransferProgress } from "./transfer-progress.ts";

/**
 * Options of `import`.
 * @example
 * ```ts
 * const dump = await memory.organization("acme").export();
 * await memory.organization("acme-test").import(dump, { from: "acme" });
 * ```
 */
export interface ImportOptions extends CallOptions {
  /** The id of the organization that was exported. Default: the organization that is imported into. */
  readonly from?: string;
  /** The region for a new organization. Needed where there are several; there is no default. */
  readonly region?: string;
  /**
   * What happens to memories that exist and say something else. `refuse`: an `ImportConflictError`. `keep`: they stay.
   * `overwrite`: they are replaced, with their history. Default: "refuse".
   */
  readonly conflicts?: "refuse" | "keep" | "overwrite";
  /** Called after each batch. Default: none. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

export const importOptions: OptionTable<ImportOptions> = {
  ...callOptions,
  from: parseString,
  region: parseString,
  conflicts: oneOf("refuse", "keep", "overwrite"),
  onProgress: parseFunction,
};

export type ParsedImportOptions = Parsed<ImportOptions>;
