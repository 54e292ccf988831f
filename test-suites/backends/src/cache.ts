import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Servers refuse to run as root, so that root's go to a folder which others can read. */
const root =
  process.env.LOCI_BACKENDS_CACHE ??
  (process.getuid?.() === 0
    ? "/var/cache/loci-backends"
    : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "loci-backends"));

/** Where what is called `name` lies, or would lie. */
export function cached(name: string): string {
  return join(root, name);
}

/** Fills a folder of the cache, wholly or not at all. */
export function fill(name: string, task: (folder: string) => void): void {
  const folder = cached(name);
  if (existsSync(folder)) return;
  const memory = `${folder}.${process.pid}.new`;
  rmSync(memory, { recursive: true, force: true });
  mkdirSync(memory, { recursive: true, mode: 0o755 });
  task(memory);
  renameSync(memory, folder);
}
