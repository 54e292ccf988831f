import { expect, it } from "vitest";
import { mapError } from "./map-error.ts";

/** As the client shapes an answer that is no success. */
const answer = (status: number, error: string) =>
  Object.assign(new Error(String(status)), { status, data: { status: { error } } });
const network = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });

it.each([
  ["no server", network, "STORE_FAILURE", true],
  [
    "a missing collection",
    answer(404, "Not found: Collection `m1_x` doesn't exist!"),
    "NAMESPACE_NOT_FOUND",
    false,
  ],
  [
    "another missing collection",
    answer(404, "Not found: Collection `other` doesn't exist!"),
    "STORE_FAILURE",
    false,
  ],
  ["a wrong key", answer(401, "Must provide an API key"), "STORE_FAILURE", false],
  ["a key without the right", answer(403, "Forbidden"), "STORE_FAILURE", false],
  ["overload", answer(429, "Too many requests"), "STORE_FAILURE", true],
  ["a full disk", answer(500, "Service internal error: No space left on device"), "STORAGE_FULL", true],
  ["a bug", answer(400, "Format error in JSON body"), "STORE_FAILURE", false],
] as const)("%s", (_, error, code, retryable) => {
  expect(mapError(error, "m1_x")).toMatchObject({ code, retryable, cause: error });
});

it("lets a misuse of the store through as it is", () => {
  const misuse = new TypeError("A query needs a reach that core has made.");
  expect(mapError(misuse, "m1_x")).toBe(misuse);
});
