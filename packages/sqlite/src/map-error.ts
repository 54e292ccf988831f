import { LociError, StorageFullError, StoreError } from "@loci/core";
import { DatabaseFileError } from "./database-file-error.ts";

// Result codes of SQLite (https://www.sqlite.org/rescode.html); the low byte is the primary code.
const primary = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
};
/** SQLite found no room for the index of the write-ahead log, and has no better name for it. */
const noRoomForSharedMemory = 4874;

/** Runs a task on a file, and names what goes wrong in Loci's own errors. */
export function mappingErrors<T>(path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw mapError(path, error);
  }
}

function mapError(path: string, error: unknown): unknown {
  if (LociError.isInstance(error) || !(error instanceof Error)) return error;
  const { code, errcode } = error as { code?: string; errcode?: number };
  if (code === "ENOSPC" || errcode === noRoomForSharedMemory) return full(path, error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return unreadable(path, error);
  if (code !== "ERR_SQLITE_ERROR" || errcode === undefined) return error;
  switch (errcode & 0xff) {
    case primary.full:
      return full(path, error);
    case primary.busy:
    case primary.locked:
      return new StoreError(
        `${path} is held by another process for longer than the timeout. Try again.`,
        { store: "sqlite" },
        { cause: error, retryable: true },
      );
    case primary.corrupt:
    case primary.notADatabase:
      return new DatabaseFileError(
        `${path} is damaged, or is no SQLite database. It was left as it is: restore it from a backup.`,
        { path, problem: "corrupt" },
        { cause: error },
      );
    case primary.perm:
    case primary.readonly:
    case primary.cantOpen:
      return unreadable(path, error);
    default:
      return new StoreError(
        `SQLite failed on ${path}: ${error.message}`,
        { store: "sqlite" },
        { cause: error },
      );
  }
}

function full(path: string, cause: Error): StorageFullError {
  return new StorageFullError(
    `There is no room left on the disk of ${path}. Nothing of this write was kept.`,
    {
      cause,
      retryable: true,
    },
  );
}

function unreadable(path: string, cause: Error): DatabaseFileError {
  return new DatabaseFileError(
    `${path} cannot be opened for reading and writing: check who owns it and its permissions.`,
    { path, problem: "unreadable" },
    { cause },
  );
}
