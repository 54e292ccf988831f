import type { MemoryPayload, Revision } from "./memory-record.ts";

/** The most revisions of one memory, and the most characters of their texts: a memory is read and written whole. */
const maxRevisions = 100;
const maxCharacters = 500_000;

/**
 * A payload with one more revision. Of too long a history the first revision stays, and the latest: what is between is dropped from
 * the oldest on, and counted.
 */
export function withRevision(payload: MemoryPayload, revision: Revision): MemoryPayload {
  const [first, ...rest] = payload.revisions;
  const latest: Revision[] = [];
  let characters = first.text.length;
  for (const one of [...rest, revision].toReversed()) {
    characters += one.text.length;
    if (latest.length > 0 && (latest.length >= maxRevisions - 1 || characters > maxCharacters)) break;
    latest.unshift(one);
  }
  const dropped = (payload.dropped ?? 0) + rest.length + 1 - latest.length;
  return { ...payload, revisions: [first, ...latest], ...(dropped > 0 ? { dropped } : {}) };
}
