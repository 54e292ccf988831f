import { chosenEffort, chosenStores } from "@loci/backends";
import { runConformance } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { loadSubject } from "./subjects.ts";

/** How many seeds the right stores have to pass in a row. */
const { seeds } = chosenEffort();

describe.each(["in-memory", "sqlite"] as const)("%s", (name) => {
  const isLeftOut = !chosenStores().includes(name);
  it.skipIf(isLeftOut)(`passes everything, ${seeds} seeds in a row`, { timeout: 2_400_000 }, async () => {
    const { harness } = await loadSubject(name);
    const right: typeof harness = { ...harness, createMemory: (options) => new Memory(options) };
    const pending = Array.from({ length: seeds }, (_, at) => 100 + at).values();
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
    // Side by side, since the suite also waits; where a file system fails, the whole process sees that.
    await Promise.all(Array.from({ length: name === "in-memory" ? 4 : 1 }, work));
  });
});
