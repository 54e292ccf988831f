import { cases, runConformance } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { catchersOf, runMatrix, saboteurs } from "./matrix.ts";
import { RightStore } from "./right-store.ts";
import { failingLine } from "./store-on-a-line.ts";

describe("saboteurs", () => {
  it("are many, and each has a name and a bug of its own", () => {
    expect(saboteurs.length).toBeGreaterThanOrEqual(150);
    expect(new Set(saboteurs.map(({ id }) => id)).size).toBe(saboteurs.length);
    expect(new Set(saboteurs.map(({ bug }) => bug)).size).toBe(saboteurs.length);
  });

  it("are small changes of a store that is right", async () => {
    const report = await runConformance({
      name: "right",
      createMemory: (options) => new Memory(options),
      async create() {
        const store = new RightStore();
        return {
          store,
          second: async () => store.second(),
          fail: () => failingLine(),
          dispose: () => store.close(),
        };
      },
    });
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(report.verdict).toBe("isolated");
  });

  it("are each caught where they live, and every case of isolation and core on bare stores catches one", {
    timeout: 300_000,
  }, async () => {
    const rows = await runMatrix();
    const escaped = rows.filter((row) => catchersOf(row).length === 0);
    expect(escaped.map(({ saboteur }) => saboteur.id)).toEqual([]);
    const killers = new Set(rows.flatMap((row) => catchersOf(row).map(({ id }) => id)));
    const idle = cases.filter(
      ({ id, level, layer }) =>
        (level === "isolation" || (level === "core" && layer === "store")) && !killers.has(id),
    );
    expect(idle.map(({ id }) => id)).toEqual([]);
  });
});
