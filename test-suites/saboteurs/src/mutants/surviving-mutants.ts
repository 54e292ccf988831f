/** Mutants that the suite does not see, by the reason. What no case looks at yet stands here, and has to be one in a hundred at most. */
const byReason: Readonly<Record<string, readonly string[]>> = {
  "No case closes a store and then calls it, where the harness has no line that fails.": [
    "test-suites/saboteurs/src/right-store.ts: this.spaces.clear(); → ;",
    "test-suites/saboteurs/src/right-store.ts: { this.spaces.clear(); } → {}",
  ],
  "No case changes a namespace between two slices of one long call.": [
    "packages/core/src/store/in-memory-store.ts: now && where(now.record) → true",
    "packages/core/src/store/in-memory-store.ts: now && where(now.record) → now || where(now.record)",
  ],
  "No case changes an array after it has given it, or was given it.": [
    "packages/core/src/store/in-memory-store.ts: vector.slice() → vector",
    "packages/core/src/store/in-memory-store.ts: vector.slice() → vector (2)",
  ],
  "No namespace of the suite is without an embedder.": [
    "packages/core/src/store/namespace-of-driver.ts: manifest.embedder?.dimensions → manifest.embedder.dimensions",
  ],
};

/** Mutants that are known to live. */
export const survivingMutants: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, ids]) => ids.map((id) => [id, reason])),
);
