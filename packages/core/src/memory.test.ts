import { expect, it } from "vitest";
import { Memory } from "./memory.ts";

it("has few methods: handles, the flat ten, and what is about the whole deployment", () => {
  const methods = Object.getOwnPropertyNames(Memory.prototype).filter((name) => name !== "constructor");
  const flat = [
    "add",
    "search",
    "context",
    "get",
    "list",
    "count",
    "update",
    "delete",
    "deleteAll",
    "history",
  ];
  const pages = ["organizations", "allOrganizations", "receipts", "allReceipts"];
  const deployment = [...pages, "ping", "subscribe", "observe", "close"];
  expect(methods).toEqual(["scope", "organization", ...flat, ...deployment]);
  expect(methods.length).toBeLessThanOrEqual(20);
});
