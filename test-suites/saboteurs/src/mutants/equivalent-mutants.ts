/** Mutants that are as right as what they were made of, by the reason. */
const byReason: Readonly<Record<string, readonly string[]>> = {
  "No record has the version of nothing: both sides compare the same.": [
    'test-suites/saboteurs/src/right-store.ts: expected === "absent" → false',
    'packages/core/src/store/in-memory-store.ts: expected === "absent" → false',
  ],
  "A version only has to differ from every other one.": [
    "test-suites/saboteurs/src/right-store.ts: space.written += 1 → space.written -= 1",
    "packages/core/src/store/in-memory-store.ts: this.#written += 1 → this.#written -= 1",
  ],
};

/** Mutants that no case can see, since there is nothing to see. */
export const equivalentMutants: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, ids]) => ids.map((id) => [id, reason])),
);
