import { expect, it } from "vitest";
import { qdrant } from "./qdrant-store.ts";

it.each<[string, unknown, string]>([
  ["a text", "http://127.0.0.1:6333", "options"],
  ["null", null, "options"],
  ["the name of another client", { node: "http://127.0.0.1:6333" }, "node"],
  ["an address without a protocol", { url: "localhost" }, "url"],
  ["a number for an address", { url: 5 }, "url"],
  ["an address and a host", { url: "http://127.0.0.1", host: "x" }, "options"],
  ["a wrong timeout", { timeout: 0 }, "timeout"],
])("refuses %s as options, by a typed error", (_, options, path) => {
  expect(() => qdrant(options as never)).toThrow(expect.objectContaining({ code: "INVALID_INPUT", path }));
});
