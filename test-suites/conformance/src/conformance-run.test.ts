import { inMemory } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { cases } from "./cases/index.ts";
import { ConformanceRun } from "./conformance-run.ts";
import type { ConformanceHarness } from "./harness.ts";

function runWith(fails: () => boolean) {
  let made = 0;
  const heard: string[] = [];
  const create = async () => {
    made += 1;
    if (fails()) throw new Error("connection refused");
    const store = inMemory();
    return { store, dispose: () => store.close() };
  };
  const onResult = ({ id }: { readonly id: string }) => heard.push(id);
  const createMemory: ConformanceHarness["createMemory"] = (options) => new Memory(options);
  const run = new ConformanceRun({ name: "in-memory", create, createMemory }, { onResult });
  return { run, heard, made: () => made };
}

describe("a run", () => {
  it("runs the case that is asked for, alone and once", async () => {
    const { run, heard, made } = runWith(() => false);
    const first = await run.result("similarity-is-the-cosine");
    expect(first?.result).toMatchObject({ id: "similarity-is-the-cosine", outcome: "passed" });
    expect(await run.result("similarity-is-the-cosine")).toBe(first);
    expect(heard).toEqual(["similarity-is-the-cosine"]);
    // One to learn what the store declares, one for the case.
    expect(made()).toBe(2);
  });

  it("gives its verdict on all cases, in their order, whatever was asked for before", async () => {
    const { run, heard } = runWith(() => false);
    await run.result("similarity-is-the-cosine");
    const { results, verdict } = await run.report();
    const ids = cases.map(({ id }) => id);
    expect(results.map(({ id }) => id)).toEqual(ids);
    expect(heard.toSorted()).toEqual(ids.toSorted());
    expect(verdict).toBe("isolated");
  });

  it("keeps a failure, so that a case which fails cannot pass when it is asked for again", async () => {
    let down = false;
    const { run } = runWith(() => down);
    await run.problems();
    down = true;
    const outcome = async () => (await run.result("similarity-is-the-cosine"))?.result.outcome;
    expect(await outcome()).toBe("failed");
    down = false;
    expect(await outcome()).toBe("failed");
    expect((await run.report()).verdict).toBe("broken");
  });
});
