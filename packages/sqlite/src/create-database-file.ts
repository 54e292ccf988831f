import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "@loci/core/store";
import { openDatabase } from "./open-database.ts";
import { createSchema } from "./schema.ts";
import { createWholeFile } from "./whole-file.ts";

/** Creates the file of a namespace, and its folder where that is missing. Only this user may read them. */
export function createDatabaseFile(path: string, manifest: Manifest): void {
  const directory = dirname(path);
  if (!existsSync(directory)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Memories do not belong into version control.
    writeFileSync(join(directory, ".gitignore"), "*\n", { mode: 0o600 });
  }
  createWholeFile(path, (draft) => {
    const database = openDatabase(draft, "writable");
    try {
      createSchema(database);
      database.prepare("insert into manifest (only, content) values (1, ?)").run(JSON.stringify(manifest));
    } finally {
      database.close();
    }
  });
}
