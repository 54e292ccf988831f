import { describe, expect, it } from "vitest";
import { readRetryAfter } from "./read-retry-after.ts";
import { unreadableAnswer } from "./unreadable-answer.ts";

const thrownBy = (json: string) => {
  try {
    return JSON.parse(json);
  } catch (error) {
    return error;
  }
};

describe("unreadableAnswer", () => {
  it.each<[string, unknown]>([
    ["an empty body", thrownBy("")],
    ["a body cut in a string", thrownBy('{"data": [{"ind')],
    ["a body cut after a value", thrownBy('{"data": 1')],
    ["a body cut in a list", thrownBy('{"data": [1,')],
    [
      "a socket that closed",
      Object.assign(new TypeError("terminated"), { cause: { code: "UND_ERR_SOCKET" } }),
    ],
    ["a stream that closed", new TypeError("terminated")],
    ["an error of another realm", { name: "TypeError", message: "fetch failed", cause: { message: "" } }],
  ])("takes %s for a connection that broke", (_, error) => {
    expect(unreadableAnswer(error).problem).toBe("unreachable");
  });

  it.each<[string, unknown]>([
    ["a page", thrownBy("<html>login</html>")],
    ["a sentence", thrownBy("hello")],
    ["two answers", thrownBy("{} {}")],
    ["a part that is missing", new TypeError("Cannot read properties of undefined (reading 'data')")],
    ["nothing", undefined],
  ])("takes %s for something else that answers", (_, error) => {
    expect(unreadableAnswer(error).problem).toBe("invalid-answer");
  });
});

describe("readRetryAfter", () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "-7" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "1e999" }, undefined],
    [{ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, 0],
    [{ "retry-after-ms": "1500", "retry-after": "7" }, 1500],
    [{ "retry-after-ms": "-5" }, 0],
    [{ "retry-after-ms": "", "retry-after": "7" }, 7000],
  ])("reads %j as %s", (headers, expected) => {
    expect(readRetryAfter((name) => headers[name])).toBe(expected);
  });

  it("reads a date that is to come", () => {
    const wait = readRetryAfter(() => new Date(Date.now() + 9000).toUTCString()) ?? 0;
    expect(wait).toBeGreaterThan(7000);
    expect(wait).toBeLessThanOrEqual(9000);
  });
});
