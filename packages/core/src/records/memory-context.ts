import type { SearchResult } from "./search-result.ts";

/**
 * Relevant memories as a text for a system prompt.
 * @example
 * ```ts
 * const { text, tokens }: MemoryContext = await alice.context("What should I cook?");
 * ```
 */
export interface MemoryContext {
  /**
   * The memories between `<memories>` tags, one a line, the most relevant at both ends, or as `format` has made it. Empty when no
   * memory was found or fits.
   */
  readonly text: string;
  /** The memories in the text, the most relevant first. */
  readonly memories: readonly SearchResult[];
  /** The number of tokens of the text, by `countTokens`, or an estimate, which errs high. */
  readonly tokens: number;
}
