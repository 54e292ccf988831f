import { errors } from "@elastic/elasticsearch";
import { expect, it } from "vitest";
import { mapError } from "./map-error.ts";

/** As the client makes of an answer that is no success. */
const answer = (statusCode: number, type: string, reason: string) =>
  new errors.ResponseError({
    statusCode,
    body: { error: { type, reason } },
    headers: {},
    warnings: null,
    meta: {} as never,
  });

it.each([
  ["no server", new errors.ConnectionError("connect ECONNREFUSED"), "STORE_FAILURE", true],
  ["a timeout", new errors.TimeoutError("Request timed out"), "STORE_FAILURE", true],
  [
    "a missing index",
    answer(404, "index_not_found_exception", "no such index [m1_x]"),
    "NAMESPACE_NOT_FOUND",
    false,
  ],
  ["wrong credentials", answer(401, "security_exception", "unable to authenticate"), "STORE_FAILURE", false],
  ["overload", answer(429, "es_rejected_execution_exception", "rejected execution"), "STORE_FAILURE", true],
  [
    "a full disk",
    answer(
      429,
      "cluster_block_exception",
      "index [m1_x] blocked by: [disk usage exceeded flood-stage watermark]",
    ),
    "STORAGE_FULL",
    true,
  ],
  [
    "as many shards as are allowed",
    answer(
      400,
      "validation_exception",
      "this cluster currently has [1000]/[1000] maximum normal shards open",
    ),
    "STORE_FAILURE",
    false,
  ],
  [
    "an older server",
    answer(400, "media_type_header_exception", "Invalid media-type value"),
    "UNSUPPORTED",
    false,
  ],
  ["a bug", answer(400, "parsing_exception", "unknown query"), "STORE_FAILURE", false],
] as const)("%s", (_, error, code, retryable) => {
  expect(mapError(error, "m1_x")).toMatchObject({ code, retryable, cause: error });
});

it("says what to do when there are no more shards", () => {
  const error = answer(400, "validation_exception", "[1000]/[1000] maximum normal shards open");
  expect(String(mapError(error, "m1_x"))).toContain("a second cluster");
});
