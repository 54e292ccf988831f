import { runConformance } from "@loci/conformance";
import { describe, expect, it } from "vitest";
import { inMemoryHarness } from "./harnesses/in-memory.ts";
import { sqliteHarness } from "./harnesses/sqlite.ts";

/** How many seeds the right stores have to pass in a row; a hundred where it is decided whether a change is good. */
const seeds = Number(process.env.LOCI_CONFORMANCE_SEEDS ?? 3);

describe.each([inMemoryHarness, sqliteHarness])("$name", (right) => {
  it(`passes everything, ${seeds} seeds in a row`, { timeout: 2_400_000 }, async () => {
    const pending = Array.from({ length: seeds }, (_, at) => 100 + at).values();
    // Side by side, since the suite also waits.
    const work = async () => {
      for (const seed of pending) {
        const { results, verdict } = await runConformance(right, { seed });
        expect(
          results.filter(({ outcome }) => outcome === "failed"),
          `seed ${seed}`,
        ).toEqual([]);
        expect(verdict).toBe("isolated");
      }
    };
    await Promise.all([work(), work(), work(), work()]);
  });
});
