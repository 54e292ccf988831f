import { existsSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a folder lies. */
export interface FolderOptions {
  /** Whether it has to lie on a disk, where a write costs what it costs in production. Default: false. */
  readonly onDisk?: boolean;
}

/** Makes an empty folder for a server's or a store's files. */
export function makeFolder(prefix: string, { onDisk = false }: FolderOptions = {}): string {
  return mkdtempSync(join(onDisk ? tmpdir() : quickFolder(), prefix));
}

/** Linux keeps it in memory. */
const memory = "/dev/shm";
/** What the servers of a run need together, in bytes. A container often has less. */
const room = 4 * 1024 ** 3;

/** On a disk, most of a test's time goes into waiting until its data would survive the machine. */
function quickFolder(): string {
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= room ? memory : tmpdir();
}
