import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { load } from "sqlite-vec";

/** Opens a file with what every connection needs, and changes nothing in it. The file has to exist. */
export function openDatabase(path: string, busyTimeout: number): DatabaseSync {
  // An import would end an older Node before `sqlite` can say which one it needs.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(`${pathToFileURL(path).href}?mode=rw`, { allowExtension: true });
  try {
    load(database);
    database.enableLoadExtension(false);
    // `full` keeps what was acknowledged through a power cut; `secure_delete` overwrites what is deleted.
    database.exec(`
      pragma busy_timeout = ${busyTimeout};
      pragma synchronous = full;
      pragma secure_delete = on;
      pragma trusted_schema = off;
      pragma cache_size = -16384;
      pragma mmap_size = 268435456;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
