import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { assertNamespaceKey, type Manifest, type NamespaceKey } from "@loci/core/store";
import { openDatabase } from "./connection.ts";
import { mappingErrors } from "./map-error.ts";
import { createSchema } from "./schema.ts";

/** The folder of a deployment, with one database file for each namespace. */
export class DatabaseFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
  }

  /** @throws TypeError for anything that is no namespace key, so that no path can be smuggled in. */
  path(key: NamespaceKey): string {
    assertNamespaceKey(key);
    return join(this.directory, `${key}.db`);
  }

  exists(key: NamespaceKey): boolean {
    return existsSync(this.path(key));
  }

  /**
   * Creates a namespace's file, complete or not at all: it is made under another name and then linked, which
   * fails when another process was faster, and that one's file stands.
   */
  create(key: NamespaceKey, manifest: Manifest, busyTimeout: number): void {
    const path = this.path(key);
    mappingErrors(path, () => {
      this.#createDirectory();
      const memory = `${path}.${randomUUID()}.new`;
      try {
        closeSync(openSync(memory, "wx", 0o600));
        const database = openDatabase(memory, busyTimeout);
        createSchema(database);
        database.prepare("insert into manifest (only, content) values (1, ?)").run(JSON.stringify(manifest));
        database.close();
        try {
          linkSync(memory, path);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        }
      } finally {
        this.#remove(memory);
      }
      this.#sync();
    });
  }

  /** Removes every file of a namespace, also what a crashed creation or removal has left. */
  remove(key: NamespaceKey): void {
    mappingErrors(this.path(key), () => {
      if (!existsSync(this.directory)) return;
      for (const name of readdirSync(this.directory)) {
        if (name.startsWith(`${key}.db`)) rmSync(join(this.directory, name), { force: true });
      }
      this.#sync();
    });
  }

  /** The names of a namespace's files, as the disk has them. */
  list(key: NamespaceKey): readonly string[] {
    assertNamespaceKey(key);
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory).filter((name) => name.startsWith(`${key}.db`));
  }

  #createDirectory(): void {
    if (existsSync(this.directory)) return;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    // Memories do not belong into version control.
    writeFileSync(join(this.directory, ".gitignore"), "*\n", { mode: 0o600 });
  }

  #remove(path: string): void {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
  }

  /** Makes created and removed names last through a power cut, where the system can. */
  #sync(): void {
    if (process.platform === "win32") return;
    const folder = openSync(this.directory, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
