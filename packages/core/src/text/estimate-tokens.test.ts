import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateTokens, splitByTokens } from "./estimate-tokens.ts";

describe("splitByTokens", () => {
  it("loses nothing, and makes no piece too long", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.integer({ min: 4, max: 40 }),
        (text, most) => {
          const parts = splitByTokens(text, most);
          expect(parts.join("")).toBe(text);
          for (const part of parts) expect(estimateTokens(part)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it("parts where a sentence ends, or else a word", () => {
    const text = "The first sentence is here. The second one comes after it.";
    expect(splitByTokens(text, 10)[0]).toBe("The first sentence is here.");
    expect(splitByTokens("one two three four five six seven eight nine ten", 6)[0]).toBe(
      "one two three four five ",
    );
  });

  it("parts even a single word", () => {
    const parts = splitByTokens("x".repeat(100), 10);
    expect(parts.join("")).toBe("x".repeat(100));
    for (const part of parts) expect(estimateTokens(part)).toBeLessThanOrEqual(10);
  });

  it.each(["the quick brown fox. ", "我喜欢在北京吃烤鸭", "สวัสดีครับผมชื่อสมชาย", "x", "e\u0301", "👩‍👩‍👧‍👦"])(
    "takes ten times as long for ten times as much of %s",
    (unit) => {
      const split = (length: number) => {
        const text = unit.repeat(Math.ceil(length / unit.length));
        const start = performance.now();
        splitByTokens(text, 120);
        return performance.now() - start;
      };
      split(10_000);
      const least = Math.min(split(20_000), split(20_000), split(20_000));
      // A quadratic one takes a hundred times as long, some twenty seconds.
      expect(Math.min(split(200_000), split(200_000))).toBeLessThan(40 * least + 500);
    },
  );
});
