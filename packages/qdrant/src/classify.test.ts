import type { NamespaceKey } from "@loci/core/store";
import { expect, it } from "vitest";
import { classify } from "./classify.ts";

/** As the client shapes an answer that is no success. */
const answer = (status: number, error: string) =>
  Object.assign(new Error(String(status)), { status, data: { status: { error } } });
const network = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });

it.each([
  ["no server", network, "unavailable"],
  ["a missing collection", answer(404, "Not found: Collection `m1_x` doesn't exist!"), "missing"],
  ["another missing collection", answer(404, "Not found: Collection `other` doesn't exist!"), "failed"],
  ["a wrong key", answer(401, "Must provide an API key"), "failed"],
  ["a key without the right", answer(403, "Forbidden"), "failed"],
  ["overload", answer(429, "Too many requests"), "unavailable"],
  ["a full disk", answer(500, "Service internal error: No space left on device"), "full"],
  ["half an answer", new SyntaxError("Unexpected end of JSON input"), "unavailable"],
  ["a page for an answer", new SyntaxError("Unexpected token '<', \"<!DOCTYPE\""), "failed"],
  ["a bug", answer(400, "Format error in JSON body"), "failed"],
  ["a collection that is there", answer(409, "Wrong input: Collection `m1_x` already exists!"), "exists"],
  [
    "a request that is too large",
    answer(400, "JSON payload (33554433 bytes) is larger than allowed (limit: 33554432 bytes)."),
    "too-large",
  ],
  ["no answer in time", new DOMException("No answer in 5 milliseconds.", "TimeoutError"), "unavailable"],
] as const)("%s", (_, error, kind) => {
  expect(classify(error, "m1_x" as NamespaceKey)).toMatchObject({ kind });
});

it("lets a misuse of the store through as it is", () => {
  expect(classify(new TypeError("a mistake"), "m1_x" as NamespaceKey)).toBeUndefined();
});
