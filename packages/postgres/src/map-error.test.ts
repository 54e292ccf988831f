import { describe, expect, it } from "vitest";
import { mapError } from "./map-error.ts";

/** As the driver shapes what cannot be brought about here: a full disk, a server without the extension's files. */
const refusal = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: "ERROR" });

describe("errors of PostgreSQL", () => {
  it.each([
    ["a full disk", refusal("53100", "could not extend file: No space left on device"), "STORAGE_FULL", true],
    ["too many connections", refusal("53300", "sorry, too many clients already"), "STORE_FAILURE", true],
    [
      "a shutdown",
      refusal("57P01", "terminating connection due to administrator command"),
      "STORE_FAILURE",
      true,
    ],
    ["a start", refusal("57P03", "the database system is starting up"), "STORE_FAILURE", true],
    ["a syntax error", refusal("42601", "syntax error"), "STORE_FAILURE", false],
    ["no pgvector", refusal("0A000", 'extension "vector" is not available'), "UNSUPPORTED", false],
    ["a missing schema", refusal("3F000", 'schema "m1_x" does not exist'), "NAMESPACE_NOT_FOUND", false],
    ["another missing schema", refusal("3F000", 'schema "other" does not exist'), "STORE_FAILURE", false],
    ["a missing right", refusal("42501", "permission denied for database"), "STORE_FAILURE", false],
    [
      "a role that just came",
      refusal("42501", 'permission denied to set role "m1_x"'),
      "STORE_FAILURE",
      true,
    ],
    ["a timeout", new Error("Query read timeout"), "STORE_FAILURE", true],
  ])("%s", (_, error, code, retryable) => {
    expect(mapError(error, "m1_x")).toMatchObject({ code, retryable, cause: error });
  });

  it("says how to install what is missing", () => {
    expect(String(mapError(refusal("0A000", 'extension "vector" is not available'), "m1_x"))).toContain(
      "CREATE EXTENSION vector;",
    );
  });
});
