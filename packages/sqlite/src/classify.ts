import { accessSync, closeSync, constants, existsSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError, type LociError } from "@loci/core";
import type { StoreFailure } from "@loci/core/store";
import { DatabaseFileError } from "./database-file-error.ts";
import { filesOfDatabase } from "./open-file-limit.ts";

/** What an error of SQLite, or of the file system, means for the file of a namespace. */
export function classify(path: string, error: unknown): StoreFailure | LociError | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown };
  const isSqlite = code === "ERR_SQLITE_ERROR" && typeof errcode === "number";
  if (!isSqlite && !("syscall" in error)) return undefined;
  const meaning = isSqlite ? (meanings[errcode] ?? meanings[errcode & 0xff]) : meanings[String(code)];
  return meaning?.(path, error) ?? { kind: "failed", message: `SQLite failed on ${path}: ${message}` };
}

/** Whether an error says that no file can be opened any more. */
export function isOutOfFiles(path: string, error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown };
  if (code === "EMFILE" || code === "ENFILE") return true;
  return errcode === 14 && ["EMFILE", "ENFILE"].includes(String(whyItCannotOpen(path)?.code));
}

/** Whether an error says that the disk is full. */
export function isFull(path: string, error: unknown): boolean {
  const meaning = classify(path, error);
  return meaning !== undefined && "kind" in meaning && meaning.kind === "full";
}

type Meaning = (path: string, cause: unknown) => StoreFailure | LociError | undefined;

const full: Meaning = (path) => ({
  kind: "full",
  message: `There is no room left on the disk of ${path}. Free some, or delete memories, for which some was kept.`,
});
const busy: Meaning = (path) => ({
  kind: "unavailable",
  message: `${path} is held by another process for longer than the timeout. Try again.`,
});
const tooManyOpen: Meaning = (path) => ({
  kind: "unavailable",
  message: `Too many files are open, so that ${path} cannot be. Lower maxOpenFiles, or raise the limit (ulimit -n).`,
});
const notAFolder: Meaning = (path, cause) =>
  new InvalidInputError(
    `${dirname(path)} is a file, or is inside one. Call sqlite({ directory }) with the path of a folder.`,
    { path: "directory" },
    { cause },
  );
const corrupt: Meaning = (path, cause) =>
  new DatabaseFileError(
    `${path} is damaged, or is no SQLite database. It was left as it is: restore it from a backup.`,
    { path, problem: "corrupt" },
    { cause },
  );
const unreadable: Meaning = (path, cause) =>
  new DatabaseFileError(
    `${path} cannot be opened: check who owns it and its permissions.`,
    { path, problem: "unreadable" },
    { cause },
  );
const readOnly: Meaning = (path, cause) =>
  new DatabaseFileError(
    `${path} may only be read: check who owns it and its folder, and their permissions.`,
    { path, problem: "read-only" },
    { cause },
  );
/** Whether the file can be read, or its folder where the file is not there, decides what is missing. */
const denied: Meaning = (path, cause) => {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.R_OK);
    return readOnly(path, cause);
  } catch {
    return unreadable(path, cause);
  }
};
const cannotOpen: Meaning = (path, cause) => {
  const reason = whyItCannotOpen(path);
  return reason ? classify(path, reason) : unreadable(path, cause);
};

/** SQLite does not say why. The file system does. */
function whyItCannotOpen(path: string): { readonly code?: unknown } | undefined {
  const probes: number[] = [];
  try {
    statSync(path);
    // The folder and not the file: whoever closes a file loses the locks that SQLite has on it in this process.
    while (probes.length < filesOfDatabase) probes.push(openSync(dirname(path), "r"));
    return undefined;
  } catch (reason) {
    return reason as { readonly code?: unknown };
  } finally {
    for (const probe of probes) closeSync(probe);
  }
}

/** By the code of the system, or the result code of SQLite (https://www.sqlite.org/rescode.html), whose low byte is the primary one. */
const meanings: Readonly<Record<string | number, Meaning>> = {
  ENOENT: () => ({ kind: "missing" }),
  EEXIST: () => ({ kind: "exists" }),
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: tooManyOpen,
  ENFILE: tooManyOpen,
  ENOTDIR: notAFolder,
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
  3: cannotOpen, // SQLITE_PERM
  5: busy, // SQLITE_BUSY
  6: busy, // SQLITE_LOCKED
  8: readOnly, // SQLITE_READONLY
  11: corrupt, // SQLITE_CORRUPT
  13: full, // SQLITE_FULL
  14: cannotOpen, // SQLITE_CANTOPEN
  15: busy, // SQLITE_PROTOCOL
  26: corrupt, // SQLITE_NOTADB
  4874: full, // SQLITE_IOERR_SHMSIZE: there is no room for the index of the write-ahead log.
};
