import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { classify } from "./classify.ts";

/** Objects and no Errors: under Jest and in workers they are of another realm. */
const ofSqlite = (errcode: number) => ({ code: "ERR_SQLITE_ERROR", errcode, message: "it failed" });
const ofSystem = (code: string) => ({ code, syscall: "open", message: "it failed" });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "loci-classify-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it.each([
  ["a lock", ofSqlite(5), { kind: "unavailable" }],
  ["a lock of a snapshot", ofSqlite(5 | (2 << 8)), { kind: "unavailable" }],
  ["a full disk", ofSqlite(13), { kind: "full" }],
  ["no room for the index of the log", ofSqlite(4874), { kind: "full" }],
  ["another input or output error", ofSqlite(10), { kind: "failed" }],
  ["a full disk under the folder", ofSystem("ENOSPC"), { kind: "full" }],
  ["too many open files", ofSystem("EMFILE"), { kind: "unavailable" }],
  ["a file that another process made first", ofSystem("EEXIST"), { kind: "exists" }],
  ["a missing folder", ofSystem("ENOENT"), { kind: "missing" }],
  ["another error of the system", ofSystem("EIO"), { kind: "failed" }],
  ["a damaged file", ofSqlite(11), { code: "DATABASE_FILE", problem: "corrupt" }],
  ["no right to write", ofSystem("EACCES"), { code: "DATABASE_FILE", problem: "read-only" }],
  ["a file in the place of the folder", ofSystem("ENOTDIR"), { code: "INVALID_INPUT", path: "directory" }],
] as const)("%s", (_, error, expected) => {
  expect(classify("/tmp/m1_x.db", error)).toMatchObject(expected);
});

it("asks the file system why SQLite cannot open a file", () => {
  const directory = folder();
  const path = join(directory, "m1_x.db");
  expect(classify(path, ofSqlite(14))).toEqual({ kind: "missing" });
  mkdirSync(path);
  expect(classify(path, ofSqlite(14))).toMatchObject({ code: "DATABASE_FILE", problem: "unreadable" });
});

it("lets a mistake through as it is", () => {
  for (const error of [new TypeError("a mistake"), undefined, null, "text", { code: "ERR_OTHER" }])
    expect(classify("/tmp/m1_x.db", error)).toBeUndefined();
});
