import { cases, runConformance } from "@loci/conformance";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { runMatrix, saboteurs } from "./matrix.ts";
import { RightStore } from "./right-store.ts";

describe("saboteurs", () => {
  it("are many, and each has a name and a bug of its own", () => {
    expect(saboteurs.length).toBeGreaterThanOrEqual(40);
    expect(new Set(saboteurs.map(({ id }) => id)).size).toBe(saboteurs.length);
    expect(new Set(saboteurs.map(({ bug }) => bug)).size).toBe(saboteurs.length);
  });

  it("are small changes of a store that is right", async () => {
    const report = await runConformance({
      name: "right",
      createMemory: (options) => new Memory(options),
      async create() {
        const store = new RightStore();
        return { store, second: async () => store.second(), dispose: () => store.close() };
      },
    });
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(report.verdict).toBe("isolated");
  });

  it("are each caught where they live, and every isolation case catches one", {
    timeout: 300_000,
  }, async () => {
    const rows = await runMatrix();
    const escaped = rows.filter(
      ({ saboteur, killers }) => !killers.some(({ layer }) => layer === saboteur.layer),
    );
    expect(escaped.map(({ saboteur }) => saboteur.id)).toEqual([]);
    const killers = new Set(rows.flatMap((row) => row.killers.map(({ id }) => id)));
    const idle = cases.filter(({ id, level }) => level === "isolation" && !killers.has(id));
    expect(idle.map(({ id }) => id)).toEqual([]);
  });
});
