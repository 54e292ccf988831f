import type { Filter } from "../filter/filter.ts";
import { inNamespace } from "../guard/in-namespace.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { placeholderField } from "../namespace/placeholder.ts";
import { nameOf } from "../records/identity.ts";
import { toErasable } from "../records/to-erasable.ts";
import type { ScopeFilter } from "../scope/scope-filter.ts";
import { erase, removeReservationsWithin } from "./erase.ts";

/** How many are erased at once: others have their turn between two pages. */
const pageSize = 250;

/** Memories, and placeholders that still name messages around them. */
const erasable: Filter = {
  type: "in",
  field: placeholderField,
  values: ["reserved", "barred"],
  negated: true,
};

/**
 * Erases everything that a scope filter covers, page by page, until nothing is left, or a store shows again what it said it has
 * deleted. @returns how many memories went
 */
export async function eraseAll(context: OperationContext, scope: ScopeFilter): Promise<number> {
  let erased = 0;
  const seen = new Set<string>();
  for (;;) {
    const page = await erase(context, async ({ namespace, signal }) => {
      const { records } = await namespace.list({ scope, filter: erasable, limit: pageSize, ...signal });
      return records.map(toErasable);
    });
    erased += page.erased;
    const first = page.found[0] && nameOf(page.found[0]);
    if (first !== undefined && !seen.has(first)) {
      seen.add(first);
      continue;
    }
    // Whoever reserved a place before everything was gone has read what was there.
    await inNamespace(context, async (current) => {
      await current.previousNamespace?.delete({ scope, ...current.signal });
      await removeReservationsWithin(current, scope);
    });
    return erased;
  }
}
