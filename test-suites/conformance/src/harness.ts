import { Memory, type MemoryOptions, type VectorStore } from "@loci/core";
import type { FailingBackend } from "./backend-fault.ts";
import type { Backend } from "./report.ts";

/** What a harness makes for each case: a store on an empty backend, and the way to get rid of both. */
export interface Instance {
  readonly store: VectorStore;
  /**
   * Makes another store on the same backend, as another process has it: with clients, caches and handles of its own, or in another
   * process indeed, by `secondProcess` of `@loci/conformance/second-process`. What several processes do to each other is looked at
   * through both. The suite closes it.
   */
  second?(): Promise<VectorStore>;
  /**
   * Everything that the backend holds, read behind the store's back: the bytes of each namespace under its key, and what belongs to
   * none under a name of its own, by which `residue` names it: what is still there after a deletion or a drop has to be told. Makes
   * the cases about erasure and neighbours' bytes apply.
   */
  inspect?(): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Runs a call and returns everything that the store sent to its backend meanwhile, a text for each request: the
   * address and the content, for HTTP; the database, the statement and its parameters, for a driver. Makes the case
   * about requests apply.
   */
  tap?(call: () => Promise<unknown>): Promise<readonly string[]>;
  /**
   * Makes two more stores on a backend that can be made to fail: on the same one, by a line of its own, or on another one. Makes the
   * cases about faults below the adapter apply. `@loci/conformance/proxy` has lines to servers that fail.
   */
  fail?(): Promise<FailingBackend>;
  /**
   * Waits until what was just written can be read, where a backend needs help with that in tests. Called after each
   * write. What must not be there is looked for at every instant all the same.
   */
  settle?(): Promise<void>;
  /** Asks the backend what it is and of which version, for the report. Called once in a run. */
  backend?(): Promise<Backend>;
  /** Closes the store and removes what it kept. Called once, also when the case failed. */
  dispose(): Promise<void>;
}

/** A functional case that is known to fail. It is run, and has to fail: one that passes turns the run red. */
export interface KnownGap {
  readonly id: string;
  readonly reason: string;
}

/** What the author of a store fills in. */
export interface ConformanceHarness {
  /** The store, as the report names it: "@loci/sqlite". */
  readonly name: string;
  /** The version of the store's package, for the report. */
  readonly version?: string;
  /** Where the backend itself cannot be had: what stands in for it, and why. No verdict follows from such a run. */
  readonly standIn?: string;
  /** Makes a store on an empty backend, after the one before it was disposed of. A backend that does not answer has to reject: its run fails. */
  create(): Promise<Instance>;
  /** The memory on top of a store. Default: core's own; others exist to test the suite itself. */
  createMemory?(options: MemoryOptions): Memory;
  /** How to repeat the run, for the report: "npx vitest run conformance". */
  readonly reproduce?: string;
  /** Cases of the levels `core` and `extended` that fail, each with its reason. There are none of level `isolation`. */
  readonly knownGaps?: readonly KnownGap[];
}

export function memoryOf(harness: ConformanceHarness, options: MemoryOptions): Memory {
  return harness.createMemory ? harness.createMemory(options) : new Memory(options);
}
