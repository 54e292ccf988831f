import { chosenEffort, chosenStores } from "@loci/backends";
import { runConformance } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { loadSubject } from "./subjects.ts";

/** How many seeds the right stores have to pass in a row, and how often one of them. */
const { seeds, repeats } = chosenEffort();

describe.each(["in-memory", "sqlite"] as const)("%s", (name) => {
  const isLeftOut = !chosenStores().includes(name);
  it.skipIf(isLeftOut).each([
    [`everything, ${seeds} seeds in a row`, Array.from({ length: seeds }, (_, at) => 100 + at)],
    [`everything each time, ${repeats} times with one seed`, Array.from({ length: repeats }, () => 1)],
  ] as const)("passes %s", { timeout: 7_200_000 }, async (_, all) => {
    const { harness } = await loadSubject(name);
    const right: typeof harness = { ...harness, createMemory: (options) => new Memory(options) };
    const pending = all.values();
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
