import { expect, it } from "vitest";
import { whenUnlocked } from "./when-unlocked.ts";

/** A step that is refused some times. No server can be made to lock its database at will. */
function fakeStep(refusals: number, message: string): { step: () => Promise<string>; asked: () => number } {
  let asked = 0;
  const step = async () => {
    asked += 1;
    if (asked <= refusals) throw new Error(message);
    return "done";
  };
  return { step, asked: () => asked };
}

it("tries again while the database is locked, and not after another failure", async () => {
  const locked = fakeStep(2, "error returned from database: (code: 5) database is locked");
  expect(await whenUnlocked(undefined, locked.step)).toBe("done");
  expect(locked.asked()).toBe(3);
  const broken = fakeStep(9, "disk is full");
  await expect(whenUnlocked(undefined, broken.step)).rejects.toThrow("full");
  expect(broken.asked()).toBe(1);
  await expect(
    whenUnlocked(AbortSignal.abort(new Error("enough")), fakeStep(9, "database is locked").step),
  ).rejects.toThrow("enough");
});
