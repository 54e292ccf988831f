import { readFileSync } from "node:fs";
import { inMemory } from "@loci/core";
import type { Namespace } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceHarness } from "./harness.ts";
import { runConformance } from "./run-conformance.ts";
import { testConformance } from "./vitest.ts";

const harness: ConformanceHarness = {
  name: "in-memory",
  reproduce: "npm test",
  createMemory: (options) => new Memory(options),
  async create() {
    const store = inMemory();
    return { store, dispose: () => store.close() };
  },
};

/** Deleting by id reports success and deletes nothing. */
const forgetful: ConformanceHarness = {
  ...harness,
  async create() {
    const store = inMemory();
    const open: typeof store.open = async (request) => {
      const namespace = await store.open(request);
      const erase = namespace.delete.bind(namespace);
      return Object.assign(methodsOf(namespace), {
        delete: ((doomed) =>
          doomed.ids ? namespace.count({ scope: doomed.scope }) : erase(doomed)) as typeof erase,
      });
    };
    return { store: { ...store, open }, dispose: () => store.close() };
  },
};

testConformance(harness);

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
      verdict: "broken",
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
    expect(report.verdict).toBe("broken");
  });

  it("counts a known gap as neither a pass nor a failure", async () => {
    const id = "vectors-come-when-they-are-asked-for";
    const reason = "has them at hand";
    // A mistake that shows in one case, however busy the machine is.
    const generous: ConformanceHarness = {
      ...harness,
      knownGaps: [{ id, reason }],
      async create() {
        const store = inMemory();
        return {
          store: {
            ...store,
            async open(request) {
              const namespace = await store.open(request);
              return Object.assign(methodsOf(namespace), {
                get: (query: Parameters<typeof namespace.get>[0]) =>
                  namespace.get({ ...query, vectors: true }),
              });
            },
          },
          dispose: () => store.close(),
        };
      },
    };
    const report = await runConformance(generous);
    expect(report.results.find((result) => result.id === id)).toMatchObject({
      outcome: "known-gap",
      detail: reason,
    });
    expect(report.verdict).toBe("isolated");
  });

  it("gives no verdict about a backend that something stands in for", async () => {
    const report = await runConformance({ ...harness, standIn: "a fake of a server that is not to be had" });
    expect(report).toMatchObject({ verdict: "stand-in", standIn: expect.stringContaining("fake") });
    expect(
      (await runConformance({ ...harness, standIn: "x", create: () => Promise.reject(new Error("no")) }))
        .verdict,
    ).toBe("broken");
  });

  it("writes reports that follow the published schema, whatever happened", async () => {
    const schema = JSON.parse(readFileSync(new URL("../report.schema.json", import.meta.url), "utf8"));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const dead = { name: "down", create: () => Promise.reject(new Error("connection refused")) };
    const gap = { ...harness, knownGaps: [{ id: "similarity-is-the-cosine", reason: "closed" }] };
    for (const [one, options] of [
      [harness, {}],
      [harness, { only: ["similarity-is-the-cosine"] }],
      [gap, {}],
      [dead, {}],
      [{ ...harness, standIn: "x" }, {}],
    ] as const) {
      const report = JSON.parse(JSON.stringify(await runConformance(one, options)));
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      expect(validate({ ...report, verdict: "fine" })).toBe(false);
    }
  });

  it("says what it saw of each thing that a store declares", async () => {
    const { capabilities } = await runConformance({
      ...harness,
      async create() {
        const store = inMemory();
        return {
          store: { ...store, capabilities: { ...store.capabilities, scoreIsolation: "scope" } },
          dispose: () => store.close(),
        };
      },
    });
    const observed = Object.fromEntries(capabilities.map(({ name, observed }) => [name, observed]));
    expect(observed).toEqual({
      isolation: "not-looked-at",
      keyword: "as-declared",
      scoreIsolation: "otherwise",
      erasure: "not-looked-at",
      readYourWrites: "as-declared",
    });
  });

  it("reports the same for the same seed", async () => {
    const [a, b] = [await runConformance(harness, { seed: 7 }), await runConformance(harness, { seed: 7 })];
    const timeless = (report: typeof a) =>
      report.results.map(({ milliseconds: _, steps: __, rounds: ___, namespaces: ____, ...rest }) => rest);
    expect(timeless(a)).toEqual(timeless(b));
  });

  it("looks through a second store where there is one, closes it, and names what it could not look at", async () => {
    let made = 0;
    const [opened, closed] = [new Set<number>(), new Set<number>()];
    const shared: ConformanceHarness = {
      ...harness,
      async create() {
        const store = inMemory();
        const second = async () => {
          const number = ++made;
          const open: typeof store.open = (request) => {
            opened.add(number);
            return store.open(request);
          };
          const close = async () => {
            closed.add(number);
          };
          return { ...store, open, close };
        };
        return { store, second, tap: async () => [], dispose: () => store.close() };
      },
    };
    const report = await runConformance(shared);
    expect(report.notLookedAt).toEqual(["the backend's bytes", "faults below the adapter"]);
    expect(made).toBeGreaterThan(5);
    // One is made for the first look.
    expect(opened.size).toBe(made - 1);
    expect(closed.size).toBe(made);
    const alone = await runConformance(harness);
    expect(alone.notLookedAt).toEqual([
      "other processes",
      "the backend's bytes",
      "the requests",
      "faults below the adapter",
    ]);
    expect(alone.verdict).toBe("isolated");
  });

  it("waits for a backend to settle after each write", async () => {
    let settled = 0;
    const slow: ConformanceHarness = {
      ...harness,
      async create() {
        const instance = await harness.create();
        return {
          ...instance,
          settle: async () => {
            settled += 1;
          },
        };
      },
    };
    expect((await runConformance(slow)).verdict).toBe("isolated");
    expect(settled).toBeGreaterThan(100);
  });

  it("says how to replay the smallest trace, and replays it", async () => {
    const failed = (await runConformance(forgetful, { seed: 5 })).results.find(
      ({ id }) => id === "traces-match-the-reference",
    );
    const [, seed = "", path = ""] = /seed (-?\d+), path ([\d:]+)/.exec(failed?.detail ?? "") ?? [];
    expect(failed?.detail).toMatch(/expected .*, got .*the smallest trace has \d+ steps/);
    const replayed = (await runConformance(forgetful, { seed: Number(seed), path })).results.find(
      ({ id }) => id === "traces-match-the-reference",
    );
    expect(replayed?.detail).toBe(failed?.detail);
  });

  it("replays a path, and then runs what it would have run without", async () => {
    const only = ["traces-match-the-reference"];
    // There is no such trace, so that nothing fails with it.
    const held = await runConformance(forgetful, { seed: 5, path: "3:9999", only });
    expect(held.results[0]?.detail).toContain("Replay with seed 5");
    const unused = await runConformance(harness, { path: "0", only: ["similarity-is-the-cosine"] });
    expect(unused).toMatchObject({
      verdict: "broken",
      problems: [expect.stringContaining("replays a path")],
    });
  });
});

function methodsOf(namespace: Namespace): Namespace {
  const { searchText } = namespace;
  return {
    manifest: namespace.manifest,
    upsert: namespace.upsert.bind(namespace),
    search: namespace.search.bind(namespace),
    ...(searchText ? { searchText: searchText.bind(namespace) } : {}),
    get: namespace.get.bind(namespace),
    list: namespace.list.bind(namespace),
    delete: namespace.delete.bind(namespace),
    count: namespace.count.bind(namespace),
  };
}
