import type { Metadata } from "../filter/metadata.ts";
import { oneOf, parseFunction, parseNumber, wholeNumber } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";
import type { Role } from "./role.ts";
import type { Source } from "./source.ts";

/**
 * Options of `context`.
 * @example
 * ```ts
 * const { text } = await alice.context("What should I cook?", { maxTokens: 400 });
 * ```
 */
export interface ContextOptions extends QueryOptions {
  /** The most tokens that the text may take, as `countTokens` counts them, 1 to 1,000,000. Default: 1,000. */
  readonly maxTokens?: number;
  /**
   * Counts the tokens of a text, as the tokenizer of the model does that will read it. Called for each memory and for the whole.
   * Default: an estimate, which errs high.
   */
  readonly countTokens?: (text: string) => number;
  /**
   * Makes the text of some memories, the most relevant first; of none, for the tokens of the frame. What memories say is data from
   * conversations: escape what would end a tag or a line of yours. Default: one a line, with day and speaker, between `<memories>`
   * tags, the most relevant at both ends.
   */
  format?(memories: readonly RelevantMemory[]): string;
  /** The most memories, 1 to 1,000. Default: 50. */
  readonly limit?: number;
  /**
   * The lowest score that a memory may have, above 0. Default: with an embedder, two standard deviations above what its cosines of unrelated
   * texts are; without one, any above 0, which is one that shares a word.
   */
  readonly threshold?: number;
  /** What a time that the query names does, as in `search`. Default: "soft". */
  readonly time?: "soft" | "strict" | "ignore";
}

/** What is told of a memory to the application's own form of a context. It is a `SearchResult`. */
interface RelevantMemory {
  readonly id: string;
  readonly text: string;
  readonly metadata: Metadata;
  readonly role?: Role;
  readonly name?: string;
  readonly inferredBy?: string;
  readonly source: Source;
  readonly validFrom: Date;
  readonly score: number;
}

export const contextOptions: OptionTable<ContextOptions> = {
  ...queryOptions,
  maxTokens: wholeNumber(1_000_000),
  countTokens: parseFunction,
  format: parseFunction,
  limit: wholeNumber(1000),
  threshold: parseNumber,
  time: oneOf("soft", "strict", "ignore"),
};

export type ParsedContextOptions = Parsed<ContextOptions>;
