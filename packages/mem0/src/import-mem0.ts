import { LociError, type Memory, type Scope } from "@loci/core";
import type { Mem0Item, Mem0Memory } from "./mem0-memory.ts";

/**
 * Stores mem0's memories unchanged, with their texts, times, expiry and metadata, without a language model. Can be repeated:
 * existing memories are not stored twice. Skips and reports memories that cannot be mapped; an error of the store
 * ends the import.
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
    const reason = await importItem(item);
    if (reason !== undefined) skipped.push({ id: "memory" in item ? item.memory.id : item.id, reason });
    onProgress?.(counts.imported + counts.unchanged + skipped.length);
  }
  return { ...counts, skipped };

  async function importItem(item: Mem0Item): Promise<string | undefined> {
    if (!("memory" in item)) return item.problem;
    const { text, createdAt, expiresAt, metadata } = item.memory;
    const scope = scopeOf(item.memory);
    if (scope === null) return "left out by scope()";
    try {
      const { results } = await memory.add(text, {
        ...scope,
        ...(createdAt === undefined ? {} : { timestamp: createdAt }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        metadata,
        infer: false,
        ...(signal ? { signal } : {}),
      });
      if (results[0]?.status === "unchanged") counts.unchanged += 1;
      else counts.imported += 1;
      return undefined;
    } catch (error) {
      // Only an error about this memory skips it.
      const isInvalid =
        LociError.isInstance(error) &&
        ["INVALID_INPUT", "INVALID_METADATA", "INVALID_SCOPE"].includes(error.code);
      if (!isInvalid) throw error;
      return error.message;
    }
  }
}

/** Options of `importMem0`. */
export interface ImportOptions {
  /**
   * Chooses the scope of a memory, since mem0 has users, agents and runs but no organizations. Returns null to skip
   * the memory. An error that it throws ends the import.
   */
  scope(memory: Mem0Memory): Scope | null;
  /** Called after each memory with the number processed so far. Default: none. */
  onProgress?(done: number): void;
  /** Aborts the import; stored memories stay. */
  readonly signal?: AbortSignal;
}

/** A memory that was not imported, and why. */
export interface SkippedMemory {
  readonly id: string;
  readonly reason: string;
}

/** What an import did. */
export interface ImportReport {
  /** Memories that were added or got new metadata. */
  readonly imported: number;
  /** Memories that existed at the same scope with the same text. */
  readonly unchanged: number;
  readonly skipped: readonly SkippedMemory[];
}
