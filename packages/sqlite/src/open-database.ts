import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

/**
 * How a file is opened. `writable`: as usual. `shared`: it may only be read, beside somebody who writes. `alone`: it may only be
 * read, and nobody writes: SQLite then needs no files beside it, and does not notice changes.
 */
export type FileAccess = "writable" | "shared" | "alone";

/** Opens a file with what every connection needs, and changes nothing in it. The file has to exist. */
export function openDatabase(path: string, access: FileAccess): DatabaseSync {
  // An import would end an older Node before `sqlite` can say which one it needs.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(`${pathToFileURL(path).href}?${modes[access]}`, { allowExtension: true });
  try {
    // `full` keeps what was acknowledged through a power cut; `secure_delete` overwrites what is deleted. No call of SQLite waits
    // for a lock, since the event loop would wait with it.
    database.exec(`
      pragma busy_timeout = 0;
      pragma synchronous = full;
      pragma secure_delete = on;
      pragma trusted_schema = off;
      pragma cache_size = -16384;
      pragma mmap_size = 268435456;
      pragma journal_size_limit = 8388608;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const modes = { writable: "mode=rw", shared: "mode=ro", alone: "mode=ro&immutable=1" };

/** How this process may use a file. @throws what the file system says, where there is no such file */
export function accessTo(path: string): FileAccess {
  try {
    for (const needed of [path, dirname(path)]) accessSync(needed, constants.W_OK);
    return "writable";
  } catch (error) {
    if (!denials.has(String((error as { readonly code?: unknown }).code))) throw error;
    return existsSync(`${path}-wal`) ? "shared" : "alone";
  }
}

const denials = new Set(["EACCES", "EPERM", "EROFS"]);
