import { expect, test } from "vitest";
import { languageSpread } from "./language-spread.ts";

test("The spread is the difference of the best and the worst language.", () => {
  const recalls = new Map([
    ["german", 0.85],
    ["thai", 0.4],
    ["english", 0.915],
  ]);
  expect(languageSpread(recalls).value).toBe("recall@5 51.5 points, english 91.5 % to thai 40.0 %");
});

test("One language has no spread.", () => {
  expect(languageSpread(new Map([["thai", 0.4]])).value).toContain("recall@5 0.0 points");
});
