import { LociError, type Memory, type Scope } from "@loci/core";
import type { Mem0Item, Mem0Memory } from "./mem0-memory.ts";

/** How mem0's memories become Loci's. */
export interface ImportOptions {
  /**
   * Says where a memory belongs: mem0 knows users, agents and runs, and no organization. Null leaves the memory out. What
   * it throws ends the import.
   */
  scope(memory: Mem0Memory): Scope | null;
  /** Is told after each memory how many are through. Default: nobody is. */
  onProgress?(done: number): void;
  /** Aborts the import; what was stored stays. */
  readonly signal?: AbortSignal;
}

/** A memory that was not brought over, and why. */
export interface SkippedMemory {
  readonly id: string;
  readonly reason: string;
}

/** What an import did. */
export interface ImportReport {
  /** Memories that were added, or had other metadata. */
  readonly imported: number;
  /** Memories that were there already at the same scope, word by word. */
  readonly unchanged: number;
  readonly skipped: readonly SkippedMemory[];
}

/**
 * Stores mem0's memories as they are, with their texts, times and metadata, without a language model. It can be repeated: what
 * is there is not stored twice. What cannot be mapped is reported, and the rest goes on; an error of the store ends it.
 * @param items `readMem0Json(...)` or `readMem0Database(...)`
 */
export async function importMem0(
  memory: Memory,
  items: Iterable<Mem0Item>,
  { scope: scopeOf, onProgress, signal }: ImportOptions,
): Promise<ImportReport> {
  const counts = { imported: 0, unchanged: 0 };
  const skipped: SkippedMemory[] = [];
  for (const item of items) {
    signal?.throwIfAborted();
    const reason = await bring(item);
    if (reason !== undefined) skipped.push({ id: "memory" in item ? item.memory.id : item.id, reason });
    onProgress?.(counts.imported + counts.unchanged + skipped.length);
  }
  return { ...counts, skipped };

  async function bring(item: Mem0Item): Promise<string | undefined> {
    if (!("memory" in item)) return item.problem;
    const { text, createdAt, metadata } = item.memory;
    const scope = scopeOf(item.memory);
    if (scope === null) return "left out by scope()";
    const time =
      createdAt !== undefined && !Number.isNaN(Date.parse(createdAt)) ? { timestamp: createdAt } : {};
    try {
      const { results } = await memory.add(text, {
        ...scope,
        ...time,
        metadata,
        infer: false,
        ...(signal ? { signal } : {}),
      });
      if (results[0]?.status === "unchanged") counts.unchanged += 1;
      else counts.imported += 1;
      return undefined;
    } catch (error) {
      // What this memory is like, not how the store is.
      const isItsFault =
        LociError.isInstance(error) &&
        ["INVALID_INPUT", "INVALID_METADATA", "INVALID_SCOPE"].includes(error.code);
      if (!isItsFault) throw error;
      return error.message;
    }
  }
}
