import { describe, expect, it } from "vitest";
import { Highest } from "./highest.ts";

describe("Highest", () => {
  it.each([1, 3, 100])("keeps the %i highest of many, of equal ones those that came first", (limit) => {
    const scores = Array.from({ length: 5000 }, (_, index) => (index * 7919) % 97);
    const highest = new Highest<number>(limit);
    for (const [index, score] of scores.entries()) highest.add(index, score);
    const all = scores.map((score, item) => ({ item, score }));
    expect(highest.items).toEqual(all.toSorted((a, b) => b.score - a.score).slice(0, limit));
  });

  it("has what there is, where that is less", () => {
    const highest = new Highest<string>(10);
    highest.add("low", 1);
    highest.add("high", 2);
    expect(highest.items.map(({ item }) => item)).toEqual(["high", "low"]);
  });
});
