import type { Filter } from "../filter/filter.ts";

/**
 * The kinds of placeholders: records past their expiry, without a text, by which processes tell each other what they are about
 * to do. No read shows one, and its id counts as free.
 * - `reserved`: a fact is about to be stored here. Who deletes a memory removes the reservations at its scope, so that no fact
 *   is stored that was drawn from it.
 * - `deleted`: a memory was here. The messages around it still have to be indexed without it.
 * - `barred`: a deleted or changed memory named a message that was not here yet. Who was about to write it has read the old text,
 *   and reads again.
 */
export const placeholders = ["reserved", "deleted", "barred"] as const;
export type Placeholder = (typeof placeholders)[number];

/** The field of a placeholder's kind; no metadata key begins with `$`. */
export const placeholderField = "$placeholder";

/** Matches everything but placeholders. */
export const noPlaceholder: Filter = { type: "exists", field: placeholderField, negated: true };

/** Matches placeholders of some kinds. */
export function placeholderOf(...kinds: readonly Placeholder[]): Filter {
  return { type: "in", field: placeholderField, values: kinds, negated: false };
}
