import { type CallOptions, callOptions } from "./call-options.ts";
import type { MigrationProgress } from "./migration-progress.ts";
import { parseBoolean, parseFunction } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";

/**
 * Options of `rotateKey` and `revert`, and of `move` and `reembed` beside their own.
 * @example
 * ```ts
 * await acme.rotateKey({ onProgress: ({ phase, done, total }) => console.log(phase, done, total) });
 * ```
 */
export interface MigrationOptions extends CallOptions {
  /**
   * Resumes at once what another process began. Default: false; then that process must have been silent for 15 seconds,
   * since it might still run.
   */
  readonly takeOver?: boolean;
  /** Called with progress. Default: none. */
  readonly onProgress?: (progress: MigrationProgress) => void;
}

export const migrationOptions: OptionTable<MigrationOptions> = {
  ...callOptions,
  takeOver: parseBoolean,
  onProgress: parseFunction,
};

export type ParsedMigrationOptions = Parsed<MigrationOptions>;
