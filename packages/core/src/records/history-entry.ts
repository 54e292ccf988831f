import type { Metadata } from "../filter/metadata.ts";
import type { HistoryEvent, MemoryPayload } from "./memory-record.ts";

/**
 * One entry in the history of a memory.
 * @example
 * ```ts
 * const entries: readonly HistoryEntry[] = await alice.history(id);
 * console.log(entries.map(({ at, text }) => `${at.toISOString()} ${text}`));
 * ```
 */
export interface HistoryEntry {
  /** Counts from 1. Of a long history, the first 1 and the last 99 are kept. */
  readonly revision: number;
  readonly event: HistoryEvent;
  /** The text since then. */
  readonly text: string;
  readonly metadata: Metadata;
  readonly at: Date;
}

export function toHistory(payload: MemoryPayload): readonly HistoryEntry[] {
  return payload.revisions.map(({ event, at, text, metadata }, index) => ({
    revision: index === 0 ? 1 : index + 1 + (payload.dropped ?? 0),
    event,
    text,
    metadata,
    at: new Date(at),
  }));
}
