import type { Memory, MemoryOptions, VectorStore } from "@loci/core";
import type { StoreCapabilities } from "@loci/core/store";
import type { FailingBackend } from "./backend-fault.ts";

/** `isolation`: nobody may fail it. `core`: what every store promises. `extended`: what some declare. */
export type Level = "isolation" | "core" | "extended";

/** What a case works with. */
export interface CaseContext {
  readonly store: VectorStore;
  /** A store on the same backend, as another process has it; the same store where the harness makes no second one. */
  second(): Promise<VectorStore>;
  /** A memory on the store. */
  memory(options?: Partial<MemoryOptions>): Memory;
  /** Where all chance of the run comes from. */
  readonly seed: number;
  /** Multiplies the number of generated runs. */
  readonly effort: number;
  /** The path of one generated run to replay. */
  readonly path: string | undefined;
  /** Another store on an empty backend. The one before it is disposed of first: a backend may have room for one only. */
  another(): Promise<Pick<CaseContext, "store" | "second" | "memory">>;
  /** What lies in the backend beneath the store, by namespace; for cases that require it. */
  inspect(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Everything that the store sends to its backend during a call; for cases that require it. */
  tap(call: () => Promise<unknown>): Promise<readonly string[]>;
  /** Stores on a backend that can be made to fail; for cases that require it. */
  fail(): Promise<FailingBackend>;
  /** Has to be called at least once by every case, for each thing that it looked at. */
  readonly check: Check;
  /** Tells the report how much was looked at, and a failure what the case was doing. */
  note(notes: CaseNotes): void;
}

/**
 * Fails the case with a message that says what was claimed and what was seen. `foreign`: whether something of another's was seen, or
 * felt in a count or a score, so that the store leaks, rather than breaks another promise. Default: in an isolation case it was.
 */
export type Check = (holds: boolean, seen: () => string, foreign?: boolean) => void;

/** What a case tells of itself. */
export interface CaseNotes {
  /** Rounds of what depends on timing. They add up. */
  readonly rounds?: number;
  /** The modes of a call that were tried, such as `second page` or `aborted under way`. */
  readonly modes?: readonly string[];
  /** How much was tried, in words: `24 of 24 traces`. */
  readonly tried?: string;
  /** What there was no time for, in words: `12,000 records`. It stands in the verdict's line. */
  readonly notLookedAt?: string;
  /** What the case does from now on: `deleting at alice`. A failure names it. */
  readonly step?: string;
}

/** One promise, with a program that finds out whether it is kept. */
export interface ConformanceCase {
  /** Stable, in kebab-case. */
  readonly id: string;
  /** One sentence, true of every store that passes. */
  readonly claim: string;
  readonly level: Level;
  /** `store`: the bare adapter, without core's checks in front of it. `engine`: the memory on top. */
  readonly layer: "store" | "engine";
  /** What the store has to declare for the case to apply. Not for isolation cases: they always apply. */
  readonly requires?: (
    capabilities: StoreCapabilities,
    harness: { readonly inspect: boolean; readonly tap: boolean; readonly fail: boolean },
  ) => boolean;
  run(context: CaseContext): Promise<void>;
}
