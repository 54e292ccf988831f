import { expect, it } from "vitest";
import { erasures, migrations, reads } from "./call.ts";
import { drawPlan } from "./plan.ts";
import { Random } from "./random.ts";

it("draws every kind of call, with and without keys, a model and an end", () => {
  const calls = Array.from({ length: 100 }, (_, seed) =>
    drawPlan(new Random(seed + 1), 12, 3, seed % 5 === 0),
  );
  const drawn = calls.flat().map(({ call }) => call);
  const names = [...erasures, ...migrations, ...reads, "add", "update", "import"];
  expect(names.filter((name) => !drawn.some((call) => call.name === name))).toEqual([]);
  const adds = drawn.filter(({ name }) => name === "add");
  for (const kind of ["infer", "expiresIn", "isConversation"] as const)
    for (const has of [true, false])
      expect(adds.some((call) => (call[kind] !== undefined) === has)).toBe(true);
});
