import { randomUUID } from "node:crypto";
import { lstatSync, renameSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LociError, NamespaceOwnershipError } from "@loci/core";
import {
  type DropReport,
  type NamespaceKey,
  NamespaceNotFoundError,
  namespaceKey,
  type Residue,
} from "@loci/core/store";
import { classify } from "./classify.ts";
import { DatabaseFile, type DatabaseFolder } from "./database-file.ts";
import { DatabaseFileError } from "./database-file-error.ts";
import { filesOf, linkOf, removeWholeFile } from "./whole-file.ts";

/**
 * Removes the files of a namespace. Other processes may have them open, and the system keeps what somebody has open. So they are
 * told by a mark in the database, and what lies in the files is overwritten before their names are removed.
 * @throws DatabaseFileError where a file is known under another name, too, or a folder lies there; NamespaceOwnershipError where it says that it is another's
 */
export async function dropDatabaseFile(
  key: NamespaceKey,
  path: string,
  folder: DatabaseFolder,
  signal: AbortSignal,
): Promise<DropReport> {
  assertFiles(path);
  assertUnlinked(path);
  const dropped = filesOf(path).includes(basename(path));
  if (dropped) await fence(key, path, folder, signal);
  folder.connections.close(path);
  // From here on nobody opens it, and those who have it open see that its name is gone.
  if (dropped) renameSync(path, `${path}.${randomUUID()}.dropped`);
  const kept: string[] = [];
  for (const name of filesOf(path)) {
    // Processes have the log's index in their memory. It holds no text.
    if (name.endsWith("-shm")) continue;
    if (!(await isOverwritten(join(dirname(path), name)))) kept.push(name);
  }
  removeWholeFile(path);
  const residue: Residue[] = kept.map((name) => ({
    where: `the removed file ${name}, where another process still has it open`,
    clearedBy: "the next call of that process to this organization, or its end",
  }));
  const left = filesOf(path).map((name) => ({
    where: name,
    clearedBy: "offboarding again, or removing the file",
  }));
  return { dropped, residue: [...residue, ...left] };
}

/** Refuses what no store has made, before anything is renamed. */
function assertFiles(path: string): void {
  const folder = filesOf(path).find((name) => lstatSync(join(dirname(path), name)).isDirectory());
  if (folder === undefined) return;
  throw new DatabaseFileError(
    `${join(dirname(path), folder)} is a folder. Nothing was removed: find out how that came to be, and remove it.`,
    { path, problem: "unreadable" },
  );
}

/** Refuses what is another's file, or is another's as well. */
function assertUnlinked(path: string): void {
  const what = linkOf(path);
  if (!what) return;
  throw new DatabaseFileError(
    `${path}, or a file beside it, ${what}. Nothing was removed: find out how that came to be, and remove the link.`,
    { path, problem: "linked" },
  );
}

/** Marks the namespace as dropped, in every process that has its file open. A broken file is just removed. */
async function fence(
  key: NamespaceKey,
  path: string,
  folder: DatabaseFolder,
  signal: AbortSignal,
): Promise<void> {
  try {
    const file = await DatabaseFile.open(path, folder, signal);
    if (namespaceKey(file.manifest) !== key) {
      throw new NamespaceOwnershipError(
        `${path} says that it belongs to another owner. It was left as it is: find out how it came to be under this name.`,
        { namespace: key },
      );
    }
    await file.write(signal, (connection) => connection.run("update manifest set dropped = 1"));
    await file.emptyLog();
  } catch (error) {
    if (!isBroken(path, error)) throw error;
  }
}

/** Whether an error says that a file cannot be used by anybody. */
function isBroken(path: string, error: unknown): boolean {
  // A drop that was interrupted has marked it.
  if (NamespaceNotFoundError.isInstance(error)) return true;
  const failure = LociError.isInstance(error) ? error : classify(path, error);
  if (DatabaseFileError.isInstance(failure)) return failure.problem !== "read-only";
  return failure !== undefined && "kind" in failure && ["failed", "missing"].includes(failure.kind);
}

/** Overwrites a file with zeros, as long as it is. It is not made shorter: other processes may have it in their memory. */
async function isOverwritten(path: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r+");
    const { size } = await file.stat();
    const zeros = new Uint8Array(Math.min(size, chunk));
    for (let at = 0; at < size; at += chunk) await file.write(zeros, 0, Math.min(chunk, size - at), at);
    await file.datasync();
    return true;
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}

const chunk = 1024 * 1024;
