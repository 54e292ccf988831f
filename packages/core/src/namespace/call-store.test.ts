import { expect, it } from "vitest";
import { PartialWriteError } from "../errors/partial-write-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { Steps } from "../util/steps.ts";
import { callStore } from "./call-store.ts";

const store = { name: "test", steps: new Steps() };
const busy = () => new StoreError("busy", { store: "test" }, { retryable: true });

/** A call that fails a number of times before it answers. */
function failing(times: number, failure: () => Error) {
  let calls = 0;
  const run = async () => {
    calls += 1;
    if (calls <= times) throw failure();
    return "answer";
  };
  return { run, calls: () => calls };
}

it("repeats a call after a transient failure, a few times", async () => {
  const twice = failing(2, busy);
  expect(await callStore(store, "count", {}, twice.run)).toBe("answer");
  expect(twice.calls()).toBe(3);
  const always = failing(100, busy);
  await expect(callStore(store, "count", {}, always.run)).rejects.toThrow("busy");
  expect(always.calls()).toBe(4);
});

it("repeats a list that was written in part", async () => {
  const half = () => new PartialWriteError("half", { stored: ["a"], failed: ["b"] }, { retryable: true });
  const once = failing(1, half);
  expect(await callStore(store, "upsert", {}, once.run)).toBe("answer");
  expect(once.calls()).toBe(2);
});

it("calls once what would fail again, and a deletion", async () => {
  const refused = failing(1, () => new StoreError("refused", { store: "test" }));
  await expect(callStore(store, "count", {}, refused.run)).rejects.toThrow("refused");
  expect(refused.calls()).toBe(1);
  const deletion = failing(1, busy);
  await expect(callStore(store, "delete", { repeats: false }, deletion.run)).rejects.toThrow("busy");
  expect(deletion.calls()).toBe(1);
});

it("types what a store throws, and ends with the signal", async () => {
  const raw = failing(1, () => new TypeError("x is not a function"));
  await expect(callStore(store, "count", {}, raw.run)).rejects.toMatchObject({
    code: "STORE_FAILURE",
    message: "The test store failed in count: x is not a function",
  });
  const aborted = failing(0, busy);
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(callStore(store, "count", { signal }, aborted.run)).rejects.toThrow("enough");
  expect(aborted.calls()).toBe(0);
});
