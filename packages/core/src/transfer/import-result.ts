/** What an import did. */
export interface ImportResult {
  /** Memories that were written. */
  readonly imported: number;
  /** Memories that were there already, and the same. */
  readonly unchanged: number;
  /** With `conflicts: "keep"`: memories that were there with another content, and stayed as they were. */
  readonly kept: number;
  /** Memories of the dump that had expired meanwhile. */
  readonly expired: number;
  /** Whether the dump's vectors were taken, or made anew since they are another model's. */
  readonly vectors: "kept" | "made anew" | "none";
}
