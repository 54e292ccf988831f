import type { Filter } from "../filter/filter.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { placeholderField } from "../namespace/placeholder.ts";
import { isExpired } from "../records/memory-record.ts";
import { toErasable } from "../records/to-erasable.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { erase } from "./erase.ts";

const batch = 100;

/** How long a placeholder stays for whoever may still be writing, in milliseconds: a day, longer than any call. */
const placeholderAge = 24 * 60 * 60 * 1000;

/**
 * Deletes expired memories from the backend when a sweep is due. Reads hide them anyway; this removes the data.
 * Writes call it first.
 */
export async function expireIfDue(context: OperationContext): Promise<void> {
  const { namespace, expiry } = context;
  if (!expiry.isDue(namespace.key)) return;
  expiry.note(namespace.key, false);
  const scope = scopeFilter({}, "within");
  const { found } = await erase(
    context,
    async (current) => {
      const filter = expiredAt(Date.now());
      const { records } = await current.namespace.list({ scope, filter, limit: batch, ...current.signal });
      return records.map(toErasable);
    },
    // Somebody may have let it live on.
    ({ payload }) => isExpired(payload, Date.now()),
  );
  expiry.note(namespace.key, found.length === batch);
}

/** Matches what has expired, without placeholders that somebody may still need. */
function expiredAt(now: number): Filter {
  const until = (field: string, value: number): Filter => ({
    type: "range",
    field,
    operator: "lte",
    value,
    negated: false,
  });
  const isDone: Filter = {
    type: "or",
    filters: [
      { type: "in", field: placeholderField, values: ["reserved", "barred"], negated: true },
      until("$createdAt", now - placeholderAge),
    ],
  };
  return { type: "and", filters: [until("$expiresAt", now), isDone] };
}
