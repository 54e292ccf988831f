import { cases } from "@loci/conformance";
import { sabotage, sabotages } from "@loci/conformance/sabotage";
import * as core from "@loci/core";
import * as adapter from "@loci/sqlite";
import { describe, expect, it } from "vitest";
import { decidedBy } from "../../conformance/src/sabotage/conditions.ts";
import { mistakenStore } from "../../conformance/src/sabotage/mistaken-store.ts";
import { harnessOf, origins } from "./mutants/origins.ts";
import { casesOf, runCases } from "./run-cases.ts";

const modules = { "in-memory": core, sqlite: adapter };
const harnesses = Object.entries(modules).map(([name, module]) => {
  const origin = origins.find((one) => one.name === name);
  if (!origin) throw new Error(`There is no origin ${name}.`);
  return harnessOf(origin, module);
});

describe("the sabotages that the suite is published with", () => {
  it("are at least thirty, each with a name of its own and a case of the suite", () => {
    expect(sabotages.length).toBeGreaterThanOrEqual(30);
    expect(new Set(sabotages.map(({ name }) => name)).size).toBe(sabotages.length);
    const ids = cases.map(({ id }) => id);
    for (const { noticedBy } of sabotages) expect(ids).toContain(noticedBy);
  });

  it("have no other name", () => {
    const [harness] = harnesses;
    expect(() => harness && sabotage(harness, "forgets-everything")).toThrow(
      /There are: forgets-the-reach-list/,
    );
  });

  it("break a store by their mistake alone: without one, the wrapped store passes", {
    timeout: 300_000,
  }, async () => {
    const [harness] = harnesses;
    const wrapped = {
      name: "wrapped",
      async create() {
        const instance = await harness?.create();
        if (!instance) throw new Error("There is no harness.");
        return { ...instance, store: mistakenStore(instance.store, { calls: decidedBy({}) }) };
      },
    };
    for await (const { id, outcome, detail } of runCases(wrapped, casesOf("store")))
      expect(outcome, `${id}: ${detail}`).not.toBe("failed");
  });

  describe.each(harnesses)("on $name", (harness) => {
    it.each(sabotages)(
      "$name is noticed by $noticedBy",
      { timeout: 120_000 },
      async ({ name, noticedBy }) => {
        const outcomes: string[] = [];
        for await (const { outcome } of runCases(sabotage(harness, name), [noticedBy]))
          outcomes.push(outcome);
        expect(outcomes).toEqual(["failed"]);
      },
    );
  });
});
