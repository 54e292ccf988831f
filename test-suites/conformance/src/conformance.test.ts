import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inMemory } from "@loci/core";
import { sqlite } from "@loci/sqlite";
import { describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceHarness } from "./harness.ts";
import { runConformance } from "./run-conformance.ts";
import { testConformance } from "./vitest.ts";

const harness: ConformanceHarness = {
  name: "in-memory",
  reproduce: "npm test",
  async create() {
    const store = inMemory();
    return { store, dispose: () => store.close() };
  },
};

testConformance(harness);
testConformance({
  name: "sqlite",
  reproduce: "npm test",
  async create() {
    const directory = mkdtempSync(join(tmpdir(), "loci-conformance-"));
    const store = sqlite({ directory, maxOpenFiles: 8 });
    const dispose = async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    };
    // Each namespace is a file, and the log and the index of the log beside it.
    const inspect = async () => {
      const names = readdirSync(directory).filter((name) => name.startsWith("m1_"));
      return new Map(names.map((name) => [name.replace(/\.db$/, ""), readFileSync(join(directory, name))]));
    };
    return { store, dispose, inspect };
  },
});

describe("the suite", () => {
  it("has cases with stable ids and one-sentence claims, and isolation cases without conditions", () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    for (const { id, claim, level, requires } of cases) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(claim).toMatch(/^[A-Z].*\.$/);
      if (level === "isolation") expect(requires).toBeUndefined();
    }
  });

  it("fails where the backend does not answer, and runs nothing", async () => {
    const report = await runConformance({
      name: "down",
      create: () => Promise.reject(new Error("connection refused")),
    });
    expect(report).toMatchObject({
      verdict: "leaks",
      results: [],
      problems: ["The backend does not answer: connection refused"],
    });
  });

  it("takes no isolation case as a known gap, and no gap that has closed or names nothing", async () => {
    const knownGaps = [
      { id: "reads-see-exactly-their-reach", reason: "we would like to" },
      { id: "no-such-case", reason: "a typing error" },
      { id: "similarity-is-the-cosine", reason: "it was fixed" },
    ];
    const report = await runConformance({ ...harness, knownGaps });
    expect(report.problems).toHaveLength(2);
    expect(report.results.find(({ id }) => id === "similarity-is-the-cosine")).toMatchObject({
      outcome: "failed",
    });
    expect(report.verdict).toBe("leaks");
  });

  it("counts a known gap as neither a pass nor a failure", async () => {
    const reason = "rounds to halves";
    const rough: ConformanceHarness = {
      ...harness,
      knownGaps: [{ id: "similarity-is-the-cosine", reason }],
      async create() {
        const store = inMemory();
        return {
          store: {
            ...store,
            async open(key, options) {
              const namespace = await store.open(key, options);
              return Object.assign(Object.create(namespace), {
                manifest: namespace.manifest,
                upsert: namespace.upsert.bind(namespace),
                searchText: namespace.searchText?.bind(namespace),
                get: namespace.get.bind(namespace),
                list: namespace.list.bind(namespace),
                delete: namespace.delete.bind(namespace),
                count: namespace.count.bind(namespace),
                search: async (query: Parameters<typeof namespace.search>[0]) =>
                  (await namespace.search(query)).map((hit) => ({
                    ...hit,
                    score: Math.round(hit.score * 2) / 2,
                  })),
              });
            },
          },
          dispose: () => store.close(),
        };
      },
    };
    const report = await runConformance(rough);
    expect(report.results.find(({ id }) => id === "similarity-is-the-cosine")).toMatchObject({
      outcome: "known-gap",
      detail: reason,
    });
    expect(report.verdict).toBe("isolated");
  });

  it("reports the same for the same seed", async () => {
    const [a, b] = [await runConformance(harness, { seed: 7 }), await runConformance(harness, { seed: 7 })];
    const timeless = (report: typeof a) => report.results.map(({ milliseconds: _, ...rest }) => rest);
    expect(timeless(a)).toEqual(timeless(b));
  });
});
