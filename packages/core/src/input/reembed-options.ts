import type { Embedder } from "../models/embedder.ts";
import { type CallOptions, callOptions } from "./call-options.ts";
import { fail } from "./fail.ts";
import { type MigrationOptions, migrationOptions } from "./migration-options.ts";
import type { OptionTable, Parsed } from "./option-table.ts";

/**
 * Options of `reembed`.
 * @example
 * ```ts
 * await acme.reembed({ onProgress: ({ done, total }) => console.log(`${done} of ${total}`) });
 * ```
 */
export interface ReembedOptions extends MigrationOptions, PlanReembeddingOptions {}

/** Options of `planReembedding`. */
export interface PlanReembeddingOptions extends CallOptions {
  /**
   * One of the region's embedders, null for none. Every process has to know it, as `embedder` or in
   * `formerEmbedders`. Default: the region's `embedder`.
   */
  readonly embedder?: Embedder | null;
}

export const planReembeddingOptions: OptionTable<PlanReembeddingOptions> = {
  ...callOptions,
  embedder: (value, path) =>
    typeof value === "object" ? (value as Embedder | null) : fail(path, "must be an embedder, or null"),
};
export const reembedOptions: OptionTable<ReembedOptions> = { ...migrationOptions, ...planReembeddingOptions };

export type ParsedReembedOptions = Parsed<ReembedOptions>;
