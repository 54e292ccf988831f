import type { SearchResult } from "./search-result.ts";

/** What was found, as a text for a system prompt. */
export interface MemoryContext {
  /** The memories between `<memories>` tags, a line each; empty when none was found or none fits. */
  readonly text: string;
  /** Those that are in the text, the most relevant first. */
  readonly memories: readonly SearchResult[];
  /** About how many tokens the text takes, rather too many than too few. */
  readonly tokens: number;
}
