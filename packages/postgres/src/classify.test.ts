import type { NamespaceKey } from "@loci/core/store";
import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";

/** As the driver shapes what cannot be brought about here: a full disk, a server without the extension's files. */
const refusal = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: "ERROR" });
const key = "m1_x" as NamespaceKey;

describe("errors of PostgreSQL", () => {
  it.each([
    ["a full disk", refusal("53100", "could not extend file: No space left on device"), "full"],
    ["too many connections", refusal("53300", "sorry, too many clients already"), "unavailable"],
    ["a shutdown", refusal("57P01", "terminating connection due to administrator command"), "unavailable"],
    ["a start", refusal("57P03", "the database system is starting up"), "unavailable"],
    ["a syntax error", refusal("42601", "syntax error"), "failed"],
    ["no pgvector", refusal("0A000", 'extension "vector" is not available'), "unsupported"],
    ["a missing schema", refusal("3F000", 'schema "m1_x" does not exist'), "missing"],
    ["another missing schema", refusal("3F000", 'schema "other" does not exist'), "failed"],
    ["a schema that is there", refusal("42P06", 'schema "m1_x" already exists'), "exists"],
    ["a missing right", refusal("42501", "permission denied for database"), "failed"],
    ["a role that just came", refusal("42501", 'permission denied to set role "m1_x"'), "unavailable"],
    ["a timeout", new Error("Query read timeout"), "unavailable"],
    ["a closed pool", new Error("Cannot use a pool after calling end on the pool"), "closed"],
    ["a closed PGlite", new Error("PGlite is closed"), "closed"],
  ])("%s", (_, error, kind) => {
    expect(classify(error, key)).toMatchObject({ kind });
  });

  it.each([
    ["a full disk", refusal("53100", "No space left on device"), "has no room left"],
    ["no pgvector", refusal("0A000", 'extension "vector" is not available'), "CREATE EXTENSION vector;"],
    [
      "no driver",
      Object.assign(new Error("Cannot find package 'pg'"), { code: "ERR_MODULE_NOT_FOUND" }),
      "npm install pg",
    ],
    [
      "a host with two addresses",
      Object.assign(new AggregateError([new Error("connect ECONNREFUSED ::1:5432")]), {
        code: "ECONNREFUSED",
      }),
      "does not answer: connect ECONNREFUSED ::1:5432. Start it there",
    ],
  ])("says what to do: %s", (_, error, advice) => {
    expect(classify(error, key)?.message).toContain(advice);
  });

  it("knows errors by their shape, in any realm, and lets what is no error of the driver's through", () => {
    const foreign = { name: "error", code: "57P01", message: "terminating connection", severity: "FATAL" };
    expect(classify(foreign, key)).toMatchObject({ kind: "unavailable" });
    expect(classify(new TypeError("a mistake"), key)).toBeUndefined();
    expect(classify("a text", key)).toBeUndefined();
    expect(classify(undefined, key)).toBeUndefined();
  });
});
