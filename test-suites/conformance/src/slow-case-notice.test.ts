import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { slowCaseNotice } from "./slow-case-notice.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("names the case that does not end, and is silent about the others", () => {
  const said: string[] = [];
  const ended = slowCaseNotice(["quick", "slow", "last"], (line) => said.push(line));
  vi.advanceTimersByTime(20_000);
  ended();
  vi.advanceTimersByTime(29_000);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(31_000);
  expect(said.map((line) => line.split(".")[0])).toEqual([
    "still running: slow, for 30 s",
    "still running: slow, for 60 s",
  ]);
  ended();
  ended();
  vi.advanceTimersByTime(90_000);
  expect(said).toHaveLength(2);
});
