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
    expect(splitByTokens("x".repeat(100), 10).join("")).toBe("x".repeat(100));
  });
});
