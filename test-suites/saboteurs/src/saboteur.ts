import type { Memory, MemoryOptions } from "@loci/core";
import type { VectorStore } from "@loci/core/store";

/** A program with one bug in it. */
export interface Saboteur {
  readonly id: string;
  /** The class of bug, in one sentence, as it was met in real products. */
  readonly bug: string;
  /** Where it lives, and so where a case has to find it. */
  readonly layer: "store" | "engine";
  readonly makeStore: () => VectorStore;
  readonly makeMemory?: (options: MemoryOptions) => Memory;
}
