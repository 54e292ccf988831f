/** What an import did. */
export interface ImportResult {
  /** Memories that were written. */
  readonly imported: number;
  /** Memories that existed with the same content. */
  readonly unchanged: number;
  /** With `conflicts: "keep"`: memories that existed with different content, which were not changed. */
  readonly kept: number;
  /** Memories of the dump that had already expired. */
  readonly expired: number;
  /** Whether the dump's vectors were kept, or computed again by another embedder. */
  readonly vectors: "kept" | "made anew" | "none";
}
