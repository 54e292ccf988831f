import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWithin } from "./answer-within.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const { signal } = new AbortController();

it("gives the answer, and leaves no timer behind", async () => {
  expect(await answerWithin(5, signal, async () => "answer")).toBe("answer");
  await expect(answerWithin(5, signal, () => Promise.reject(new Error("refused")))).rejects.toThrow(
    "refused",
  );
  expect(vi.getTimerCount()).toBe(0);
});

it("ends a request that takes too long, also one that does not listen", async () => {
  let given: AbortSignal | undefined;
  const late = answerWithin(5, signal, (own) => {
    given = own;
    return new Promise(() => {});
  });
  const ended = expect(late).rejects.toMatchObject({ name: "TimeoutError" });
  await vi.advanceTimersByTimeAsync(4);
  expect(given?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await ended;
  expect(given?.aborted).toBe(true);
});

it("ends with the caller's signal, and its reason", async () => {
  const controller = new AbortController();
  const aborted = answerWithin(5, controller.signal, () => new Promise(() => {}));
  controller.abort(new Error("no more"));
  await expect(aborted).rejects.toThrow("no more");
  const { signal: before } = controller;
  await expect(answerWithin(5, before, async () => "late")).rejects.toThrow("no more");
  expect(vi.getTimerCount()).toBe(0);
});
