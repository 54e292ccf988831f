import { describe, expect, it } from "vitest";
import { sortInSteps } from "./sort-in-steps.ts";

/** The list that the steps answer, and how many there were. */
function sorted<T>(items: readonly T[], compare: (a: T, b: T) => number) {
  const steps = sortInSteps(items, compare);
  for (let count = 0; ; count++) {
    const { done, value } = steps.next();
    if (done) return { count, value };
  }
}

describe("sortInSteps", () => {
  it.each([0, 1, 2, 999, 1000, 1001, 2500, 7777])(
    "sorts %i items as toSorted does, equal ones in their order",
    (count) => {
      const items = Array.from({ length: count }, (_, index) => ({ index, key: (index * 7919) % 101 }));
      const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
      expect(sorted(items, compare).value).toEqual(items.toSorted(compare));
    },
  );

  it("takes many steps for many items, and leaves the list as it is", () => {
    const items = Array.from({ length: 10_000 }, (_, index) => -index);
    const before = [...items];
    expect(sorted(items, (a, b) => a - b).count).toBeGreaterThan(30);
    expect(items).toEqual(before);
  });
});
