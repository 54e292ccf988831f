import type { Placeholder } from "../namespace/placeholder.ts";
import type { ScopeKey } from "../scope/scope-filter.ts";
import type { MemoryPayload, MemoryRecord } from "./memory-record.ts";

/** A placeholder in the place of a memory, or where there is none. */
export function placeholderAt(
  { id, scopeKey, version }: Pick<MemoryRecord, "id" | "version"> & { readonly scopeKey: ScopeKey },
  placeholder: Placeholder,
  links: Pick<MemoryPayload, "previous" | "next"> = {},
): MemoryRecord {
  const at = Date.now();
  const payload: MemoryPayload = {
    version: 1,
    placeholder,
    createdAt: at,
    validFrom: at,
    expiresAt: 0,
    ...(links.previous === undefined ? {} : { previous: links.previous }),
    ...(links.next === undefined ? {} : { next: links.next }),
    revisions: [{ event: "added", at, text: "", metadata: {} }],
  };
  return { id, scopeKey, payload, ...(version === undefined ? {} : { version }) };
}
