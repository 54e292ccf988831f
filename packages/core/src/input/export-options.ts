import { type CallOptions, callOptions } from "./call-options.ts";
import { parseBoolean, parseFunction } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import type { TransferProgress } from "./transfer-progress.ts";

/**
 * Options of `export`, of a scope and of an organization.
 * @example
 * ```ts
 * const dump = await alice.export({ gzip: true, vectors: false });
 * ```
 */
export interface ExportOptions extends CallOptions {
  /** Whether the dump is compressed with gzip. Default: false. */
  readonly gzip?: boolean;
  /** Whether the dump has the vectors, so that an import need not make them again. Default: true. */
  readonly vectors?: boolean;
  /** Called after each page. Default: none. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

export const exportOptions: OptionTable<ExportOptions> = {
  ...callOptions,
  gzip: parseBoolean,
  vectors: parseBoolean,
  onProgress: parseFunction,
};

export type ParsedExportOptions = Parsed<ExportOptions>;
