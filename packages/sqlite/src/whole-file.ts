import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Creates a file that is there complete or not at all: it is filled under another name, and then linked.
 * @throws an error with the code EEXIST where the file exists: the other one stands
 */
export function createWholeFile(path: string, fill: (draft: string) => void): void {
  // Named after the file, so that removing the file also removes what a killed process has left of it.
  const draft = `${path}.${randomUUID()}.new`;
  try {
    closeSync(openSync(draft, "wx", 0o600));
    fill(draft);
    linkSync(draft, path);
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(draft + suffix, { force: true });
    syncFolder(dirname(path));
  }
}

/**
 * How a file, or one beside it, is known elsewhere too, so that removing it would not end what it holds, or would end what is another's.
 * Undefined where it is not. Drafts that a killed process left are links of its own.
 */
export function linkOf(path: string): string | undefined {
  const files = filesOf(path).map((name) => lstatSync(join(dirname(path), name)));
  const own = (file: (typeof files)[number]) => files.filter(({ ino }) => ino === file.ino).length;
  const linked = files.find((file) => file.isSymbolicLink() || (file.isFile() && file.nlink > own(file)));
  if (!linked) return undefined;
  return linked.isSymbolicLink() ? "is a symbolic link" : "has another name elsewhere, by a hard link";
}

/** Removes a file, and everything whose name begins with its name. */
export function removeWholeFile(path: string): void {
  for (const name of filesOf(path)) rmSync(join(dirname(path), name), { force: true });
  syncFolder(dirname(path));
}

/** The names that begin with the name of a file: its own, its drafts', and those of SQLite's log and journal. */
export function filesOf(path: string): readonly string[] {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
}

/** Makes created and removed names last through a power cut. Windows opens no folders, and writes through what it links. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
