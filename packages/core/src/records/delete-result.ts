import type { Residue } from "../store/vector-store.ts";

/** What a deletion removed. */
export interface DeleteResult {
  /** How many memories. */
  readonly deleted: number;
  /** What the backend still holds of them, and what clears it; empty where nothing is, or nothing was deleted. */
  readonly residue: readonly Residue[];
}
/** What there is to say where nothing could be deleted. */
export const nothingDeleted: DeleteResult = Object.freeze({ deleted: 0, residue: [] });
