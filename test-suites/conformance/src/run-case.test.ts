import { inMemory } from "@loci/core";
import { expect, it } from "vitest";
import type { ConformanceCase } from "./conformance-case.ts";
import { openOrganization } from "./fixtures.ts";
import type { ConformanceHarness } from "./harness.ts";
import { runCase } from "./run-case.ts";

const harness: ConformanceHarness = {
  name: "in-memory",
  async create() {
    const store = inMemory();
    return { store, dispose: () => store.close() };
  },
};
const offered = {
  capabilities: inMemory().capabilities,
  second: false,
  inspect: false,
  tap: false,
  fail: false,
};

function run(body: ConformanceCase["run"]) {
  const one: ConformanceCase = {
    id: "a-case",
    claim: "It holds.",
    level: "core",
    layer: "store",
    run: body,
  };
  return runCase(one, harness, offered, undefined, { seed: 1, effort: 1, path: undefined });
}

it("reports what a case notes of itself, and how many calls it has made", async () => {
  const { result } = await run(async ({ store, check, note }) => {
    note({ rounds: 3, modes: ["second page", "first page"] });
    await openOrganization(store, "acme");
    note({ rounds: 4, modes: ["first page"], tried: "7 of 9 rounds", notLookedAt: "12,000 records" });
    check(true, () => "");
  });
  expect(result).toMatchObject({
    outcome: "passed",
    steps: 1,
    rounds: 7,
    modes: ["first page", "second page"],
    tried: ["7 of 9 rounds"],
    notLookedAt: ["12,000 records"],
  });
});

it("names the step at which a case failed, and the call that an error came from, though another was the last", async () => {
  const { result } = await run(async ({ store, check, note }) => {
    check(true, () => "");
    note({ step: "opening what is no namespace" });
    const failed = store.open({ key: "not a key" as never }).catch((error: unknown) => error);
    await openOrganization(store, "acme");
    throw await failed;
  });
  expect(result).toMatchObject({
    outcome: "failed",
    step: "opening what is no namespace: call 1, open (key)",
  });
});

it("fails a case that has checked nothing", async () => {
  const { result } = await run(async () => {});
  expect(result).toMatchObject({ outcome: "failed", detail: "The case has checked nothing." });
});
