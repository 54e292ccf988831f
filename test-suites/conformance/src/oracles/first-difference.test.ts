import { describe, expect, it } from "vitest";
import { firstDifference } from "./first-difference.ts";

describe("firstDifference", () => {
  it("finds none between equal texts", () => {
    expect(firstDifference("", "")).toBeUndefined();
    expect(firstDifference("猫", "猫")).toBeUndefined();
  });

  it("shows what differs, far behind what is alike and far before what follows", () => {
    const [written, read] = ["b", "c"].map(
      (letter) => `${"a".repeat(100_000)}${letter}${"z".repeat(100_000)}`,
    );
    const said = firstDifference(written as string, read as string);
    expect(said).toBe(
      `character 100000 is "…${"a".repeat(30)}c${"z".repeat(29)}…" instead of "…${"a".repeat(30)}b${"z".repeat(29)}…"`,
    );
  });

  it("says that a text was cut, and how long both are", () => {
    expect(firstDifference("abcdef", "abc")).toBe(
      'character 3 is the end, after "abc" instead of "abcdef" (3 characters instead of 6)',
    );
    expect(firstDifference("", "x")).toContain('is "x" instead of the end, after ""');
  });

  it("shows what cannot be seen", () => {
    expect(firstDifference("a\u0000b", "a b")).toBe('character 1 is "a b" instead of "a\\u0000b"');
    // One half of a pair was replaced.
    expect(firstDifference("\ud83d\udc69", "\ud83d\ufffd")).toContain("instead of");
  });
});
