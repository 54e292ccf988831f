import { errors } from "@elastic/elasticsearch";
import { expect, it } from "vitest";
import { classify, ItemError } from "./classify.ts";

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
  ["no server", new errors.ConnectionError("connect ECONNREFUSED"), "unavailable"],
  ["half an answer", new errors.DeserializationError("Unexpected end", "{"), "unavailable"],
  ["a timeout", new errors.TimeoutError("Request timed out"), "unavailable"],
  ["a missing index", answer(404, "index_not_found_exception", "no such index [m1_x]"), "missing"],
  ["wrong credentials", answer(401, "security_exception", "unable to authenticate"), "failed"],
  ["overload", answer(429, "es_rejected_execution_exception", "rejected execution"), "unavailable"],
  [
    "a full disk",
    answer(
      429,
      "cluster_block_exception",
      "index [m1_x] blocked by: [disk usage exceeded flood-stage watermark]",
    ),
    "full",
  ],
  [
    "as many shards as are allowed",
    answer(
      400,
      "validation_exception",
      "this cluster currently has [1000]/[1000] maximum normal shards open",
    ),
    "failed",
  ],
  ["an older server", answer(400, "media_type_header_exception", "Invalid media-type value"), "unsupported"],
  ["a bug", answer(400, "parsing_exception", "unknown query"), "failed"],
  ["a namespace that is there", answer(400, "resource_already_exists_exception", "index exists"), "exists"],
  ["a request that is too large", answer(413, "", "Payload Too Large"), "too-large"],
  ["one record of many", new ItemError(429, { type: "es_rejected_execution_exception" }), "unavailable"],
] as const)("%s", (_, error, kind) => {
  expect(classify(error)).toMatchObject({ kind });
});

it("lets what is no error of the client's through", () => {
  expect(classify(new TypeError("a mistake"))).toBeUndefined();
});

it("says what to do when there are no more shards", () => {
  const error = answer(400, "validation_exception", "[1000]/[1000] maximum normal shards open");
  expect(classify(error)?.message).toContain("a second cluster");
});
