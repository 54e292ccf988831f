import type { Counts } from "../guard/audit.ts";

/**
 * What an import did.
 * @example
 * ```ts
 * const dump = await acme.export();
 * const { imported, unchanged }: ImportResult = await acme.import(dump); // 0, and as many as there are
 * ```
 */
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

/** How many memories an import has looked at, for an audit event: by what became of them. */
export function countImported({ imported, unchanged, kept, expired }: ImportResult): Counts {
  return { imported, unchanged, kept, expired };
}
