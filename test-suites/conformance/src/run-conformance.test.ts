import { InvalidInputError, inMemory, StoreError } from "@loci/core";
import { scopeFilter } from "@loci/core/store";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import type { ConformanceOptions } from "./conformance-options.ts";
import type { ConformanceHarness } from "./harness.ts";
import { type Around, intercept } from "./intercept.ts";
import { runConformance } from "./run-conformance.ts";

/** The in-memory store, with something around its calls. */
function harnessWith(around: Around): ConformanceHarness {
  return {
    name: "in-memory",
    createMemory: (options) => new Memory(options),
    async create() {
      const store = inMemory();
      return { store: intercept(store, around), dispose: () => store.close() };
    },
  };
}
const right = harnessWith((_name, _args, call) => call());

describe("a verdict", () => {
  it("is leaks where something foreign was seen", async () => {
    const everybodys = scopeFilter({}, "within");
    const leaks = harnessWith((name, args, call) => {
      if (name === "list") Object.assign(args[0] as object, { scope: everybodys });
      return call();
    });
    const report = await runConformance(leaks, { layer: "store" });
    expect(report.verdict).toBe("leaks");
    expect(report.results.filter(({ foreign }) => foreign).length).toBeGreaterThan(3);
  });

  it("is broken where a conflict that may pass was thrown, or a record was lost", async () => {
    let calls = 0;
    const conflicts = harnessWith((name, _, call) => {
      calls += 1;
      if (name === "upsert" && calls % 7 === 0)
        throw new StoreError("Two transactions conflict.", { store: "in-memory" }, { retryable: true });
      return call();
    });
    const loses = harnessWith((name, _, call) => {
      if (name !== "list") return call();
      return (async () => {
        const page = (await call()) as { records: readonly unknown[] };
        return { ...page, records: page.records.slice(1) };
      })();
    });
    for (const broken of [conflicts, loses]) {
      const { results, verdict } = await runConformance(broken, { layer: "store" });
      expect(results.filter(({ foreign }) => foreign).map(({ id, detail }) => `${id}: ${detail}`)).toEqual(
        [],
      );
      expect(verdict).toBe("broken");
    }
  });
});

describe("a run of some cases", () => {
  it("is broken where a call fails during a drop in a way that nobody can tell from a defect", async () => {
    const clumsy = harnessWith(async (name, [request], call) => {
      if (name === "upsert" && JSON.stringify(request).includes("late"))
        throw new StoreError("disk I/O error", { store: "in-memory" });
      return call();
    });
    const { verdict, results } = await runConformance(clumsy, { only: ["namespaces-begin-and-end-once"] });
    expect(results[0]?.detail).toContain("upsert during a drop failed with StoreError: disk I/O error");
    expect(verdict).toBe("broken");
  });

  it("is partial where they pass, and names what was not run", async () => {
    const options: ConformanceOptions = { only: ["drop-*", "similarity-is-the-cosine"] };
    const { results, notRun, verdict } = await runConformance(right, options);
    expect(results.map(({ id }) => id)).toEqual(["drop-leaves-neighbours-alone", "similarity-is-the-cosine"]);
    expect(notRun).toContain("reads-see-exactly-their-reach");
    expect(verdict).toBe("partial");
    const layer = await runConformance(right, { layer: "engine", only: ["*scope*"] });
    expect(new Set(layer.results.map((result) => result.layer))).toEqual(new Set(["engine"]));
  });

  it("ends with the first failure where it is asked to", async () => {
    const fails = harnessWith((name, _, call) => {
      if (name === "count") throw new Error("no such operation");
      return call();
    });
    const heard: string[] = [];
    const report = await runConformance(fails, {
      bail: true,
      onResult: ({ outcome }, { done, total }) => heard.push(`${outcome} ${done} of ${total}`),
    });
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toHaveLength(1);
    expect(report.results.at(-1)?.outcome).toBe("failed");
    expect(report.notRun.length).toBeGreaterThan(50);
    expect(report.verdict).toBe("broken");
    expect(heard).toHaveLength(report.results.length);
    expect(heard[0]).toMatch(/^\w+ 1 of \d+$/);
  });
});

it("refuses options that it cannot honour, before anything is made", async () => {
  const untouched: ConformanceHarness = { name: "untouched", create: () => expect.unreachable() };
  const refused: Record<string, ConformanceOptions> = {
    seed: { seed: Number("abc") },
    effort: { effort: 0.5 },
    path: { path: "12/3" },
    only: { only: ["similarity-is-the-cosin"] },
    layer: { layer: "engine", only: ["similarity-is-the-cosine"] },
  };
  for (const [path, options] of Object.entries(refused)) {
    const error = await runConformance(untouched, options).catch((thrown: unknown) => thrown);
    expect(InvalidInputError.isInstance(error), path).toBe(true);
    expect(error).toMatchObject({ path });
  }
  await expect(runConformance(untouched, refused.only)).rejects.toThrow(
    "Did you mean similarity-is-the-cosine?",
  );
});

it("waits no longer between steps where it looks longer", { timeout: 10_000 }, async () => {
  const options = { only: ["aborted-drops-can-be-finished"], effort: 5 };
  const [result] = (await runConformance(right, options)).results;
  expect(result?.outcome).toBe("passed");
});

it("says at which step a case failed, and where in the adapter", async () => {
  const fails = harnessWith((name, _, call) => {
    if (name === "count") return failInAdapter();
    return call();
  });
  const { results } = await runConformance(fails, { only: ["namespaces-share-no-record"] });
  expect(results[0]).toMatchObject({
    outcome: "failed",
    detail: "the disk is on fire",
    step: expect.stringMatching(/^call \d+, count \(scope\)$/),
  });
  expect(results[0]).not.toHaveProperty("foreign");
  expect(results[0]?.steps).toBeGreaterThan(10);
});

async function failInAdapter(): Promise<never> {
  throw new Error("the disk is on fire");
}

describe("the first look", () => {
  const shaped = (change: (store: ReturnType<typeof inMemory>) => object): ConformanceHarness => ({
    name: "a store of another shape",
    async create() {
      const store = inMemory();
      return { store: change(store) as typeof store, dispose: () => store.close() };
    },
  });
  const problemsOf = async (harness: ConformanceHarness) => {
    const { problems, results, verdict } = await runConformance(harness);
    expect(results).toEqual([]);
    expect(verdict).toBe("broken");
    return problems;
  };
  const openWithout = (store: ReturnType<typeof inMemory>, method: string) => ({
    ...store,
    open: async (request: Parameters<typeof store.open>[0]) => {
      const namespace = await store.open(request);
      return Object.assign(Object.create(namespace), { [method]: undefined });
    },
  });

  it("ends the run with a sentence for each thing that is missing", async () => {
    expect(await problemsOf(shaped((store) => openWithout(store, "searchText")))).toEqual([
      "The store declares keyword: true, and its namespaces have no searchText.",
    ]);
    expect(await problemsOf(shaped((store) => openWithout(store, "count")))).toEqual([
      "A namespace has no count.",
    ]);
    const capabilities = { isolation: "total", keyword: "yes" };
    expect(await problemsOf(shaped((store) => ({ ...store, drop: undefined, capabilities })))).toEqual([
      "The store has no drop.",
      "The store declares isolation: total; it can be physical or routed or filtered.",
      "The store declares keyword: yes; it can be true or false.",
      "The store declares scoreIsolation: undefined; it can be organization or scope.",
      "The store declares erasure: undefined; it can be physical or logical.",
      "The store declares readYourWrites: undefined; it can be true.",
    ]);
  });

  it("takes no harness whose second store is the first", async () => {
    const store = inMemory();
    const create = async () => ({ store, second: async () => store, dispose: async () => {} });
    expect(await problemsOf({ name: "twice the same", create })).toEqual([
      "The harness's second() returns the first store: it has to make another.",
    ]);
  });
});
