import type { Instance } from "@loci/conformance";
import type { Memory, MemoryOptions, VectorStore } from "@loci/core";
import type { RightStore } from "./right-store.ts";

/** A program with one bug in it. */
export interface Saboteur {
  readonly id: string;
  /** The class of bug, in one sentence, as it was met in real products. */
  readonly bug: string;
  /** Where it lives, and so where a case has to find it. */
  readonly layer: "store" | "engine";
  /** `isolation`: it leaks. `core`: it breaks another promise that every store gives. A case of that level has to find it. */
  readonly level: "isolation" | "core";
  /** The case that is about it, where one is. Default: every case is tried. */
  readonly killer?: string;
  readonly makeStore: () => SharedStore;
  /** For a bug in what it makes of a backend that fails. */
  readonly fail?: NonNullable<Instance["fail"]>;
  readonly makeMemory?: (options: MemoryOptions) => Memory;
}

/** A store that other processes have, too. */
interface SharedStore extends VectorStore {
  second(): VectorStore;
}

/** One with its bug in the store. */
export function store(
  id: string,
  bug: string,
  Store: new () => RightStore,
  level: Saboteur["level"] = "isolation",
): Saboteur {
  return { id, bug, layer: "store", level, makeStore: () => new Store() };
}
