import type { SearchResult } from "./search-result.ts";

/**
 * Relevant memories as a text for a system prompt.
 * @example
 * ```ts
 * const { text, tokens }: MemoryContext = await alice.context("What should I cook?");
 * ```
 */
export interface MemoryContext {
  /** The memories between `<memories>` tags, one a line. Empty when no memory was found or fits. */
  readonly text: string;
  /** The memories in the text, the most relevant first. */
  readonly memories: readonly SearchResult[];
  /** The estimated number of tokens of the text; it errs high. */
  readonly tokens: number;
}
