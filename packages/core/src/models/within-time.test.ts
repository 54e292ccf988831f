import { expect, it } from "vitest";
import { withinTime } from "./within-time.ts";

const never = () => new Promise<never>(() => {});

it("ends a call of a model that hangs, and does not repeat it", async () => {
  await expect(withinTime("slow", undefined, never, 5)).rejects.toMatchObject({
    code: "MODEL_FAILED",
    model: "slow",
    problem: "unreachable",
    retryable: false,
  });
});

it("ends with the signal, although the model does not obey it", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const call = withinTime("deaf", controller.signal, never);
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
});

it("gives what the model answers, and types its errors", async () => {
  expect(await withinTime("quick", undefined, async () => 1)).toBe(1);
  const cause = new Error("no");
  await expect(withinTime("broken", undefined, () => Promise.reject(cause))).rejects.toMatchObject({
    code: "MODEL_FAILED",
    problem: "failed",
    message: '"broken" failed: no',
    cause,
  });
});
