import { describe, expect, it } from "vitest";
import { assertOptions } from "./assert-options.ts";

const names = ["baseURL", "apiKey", "contextTokens", "longTexts"];
const check = (options: unknown) => () => assertOptions(options, names, "mine(model, options)");

describe("options of a model adapter", () => {
  it("may be left out", () => {
    expect(check({})).not.toThrow();
    expect(
      check({ baseURL: "http://127.0.0.1:8080/v1", apiKey: undefined, contextTokens: 99 }),
    ).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ["another case", { baseUrl: "http://127.0.0.1" }, "did you mean baseURL?"],
    ["another word", { url: "http://127.0.0.1" }, "did you mean baseURL?"],
    ["another spelling", { api_key: "x" }, "did you mean apiKey?"],
    ["a name of nothing", { zebra: 1 }, "there are baseURL, apiKey, contextTokens, longTexts"],
    ["no address", { baseURL: "nonsense" }, "baseURL must be an address"],
    ["an address of a number", { baseURL: 5 }, "baseURL must be an address"],
    ["an empty key", { apiKey: "" }, "apiKey must be a string"],
    ["a number as a text", { contextTokens: "4096" }, "contextTokens must be a whole number"],
    ["another choice", { longTexts: "cut" }, 'longTexts must be "split" or "refuse"'],
    ["null", null, "options must be an object, as in mine(model, options)"],
    ["a text", "http://127.0.0.1", "options must be an object"],
  ])("are refused with %s", (_, options, message) => {
    expect(check(options)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining(message) }),
    );
  });
});
