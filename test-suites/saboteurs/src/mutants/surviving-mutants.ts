/** Mutants that the suite does not see, by the reason. What no case looks at yet stands here, and has to be one in a hundred at most. */
const byReason: Readonly<Record<string, readonly string[]>> = {};

/** Mutants that are known to live. */
export const survivingMutants: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, ids]) => ids.map((id) => [id, reason])),
);
