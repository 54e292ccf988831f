import type { Residue } from "../store/vector-store.ts";

/**
 * What a deletion removed.
 * @example
 * ```ts
 * const { deleted }: DeleteResult = await alice.delete(id);
 * ```
 */
export interface DeleteResult {
  /** How many memories. */
  readonly deleted: number;
  /**
   * What the backend still holds of them, and what clears it; also the unfinished copy of a migration that runs. Empty when nothing
   * is left.
   */
  readonly residue: readonly Residue[];
}

/** The result of deleting nothing. */
export const nothingDeleted: DeleteResult = Object.freeze({ deleted: 0, residue: [] });
