import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnsupportedError } from "@loci/core";
import { defineStore, type NamespaceKey, type VectorStore } from "@loci/core/store";
import { classify } from "./classify.ts";
import { Connections } from "./connections.ts";
import { createDatabaseFile } from "./create-database-file.ts";
import { dialect } from "./dialect.ts";
import { readOptions } from "./read-options.ts";
import { sqliteNamespace } from "./sqlite-namespace.ts";
import { filesOf, removeWholeFile } from "./whole-file.ts";

/** Options of `sqlite`. */
export interface SqliteOptions {
  /** The folder for the database files, made with mode 0700 where it does not exist. */
  readonly directory: string;
  /** The most files open at once, 1 or more; the least recently used one is closed first. Default: 128. */
  readonly maxOpenFiles?: number;
  /** How long a call waits for another process that is writing to the same file, in milliseconds. Default: 5000. */
  readonly busyTimeout?: number;
}

/**
 * Keeps each organization in one SQLite file of its own. Nothing is opened before the first call.
 * @throws InvalidInputError for options that are missing, unknown or out of range; UnsupportedError on a Node before 22.16
 */
export function sqlite(options: SqliteOptions): VectorStore {
  const defaults = { maxOpenFiles: 128, busyTimeout: 5000 };
  const { directory, maxOpenFiles, busyTimeout } = readOptions("sqlite", options, defaults);
  assertNode();
  const connections = new Connections(maxOpenFiles, busyTimeout);
  const pathOf = (key: NamespaceKey) => join(directory, `${key}.db`);
  return defineStore({
    name: "sqlite",
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "organization",
      erasure: "physical",
      readYourWrites: true,
    },
    // A call is one transaction, and a list of ids is one parameter.
    limits: { records: Number.POSITIVE_INFINITY },
    dialect,
    classify: (error, key) => classify(pathOf(key), error),
    find: async ({ key }) => sqliteNamespace(() => connections.get(pathOf(key))),
    create: async ({ key, manifest }) => createDatabaseFile(pathOf(key), manifest, busyTimeout),
    async drop({ key }) {
      const path = pathOf(key);
      const dropped = existsSync(path);
      if (dropped) fence(connections, path);
      connections.close(path);
      removeWholeFile(path);
      const clearedBy = "offboarding again, or removing the file";
      return { dropped, residue: filesOf(path).map((where) => ({ where, clearedBy })) };
    },
    leftovers: async ({ key }) => filesOf(pathOf(key)).map((name) => `the file ${name}`),
    close: async () => connections.closeAll(),
  });
}

/** Tells processes that have the file open that it is gone, before its name is. A broken file is just removed. */
function fence(connections: Connections, path: string): void {
  try {
    const connection = connections.get(path);
    connection.write(() => connection.run("update manifest set dropped = 1"));
  } catch (error) {
    const failure = classify(path, error);
    if (failure && "kind" in failure && (failure.kind === "unavailable" || failure.kind === "full"))
      throw error;
  }
}

function assertNode(): void {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 16)) return;
  throw new UnsupportedError(
    `The SQLite inside Node ${node} has no full-text search (FTS5): use Node 22.16 or newer.`,
  );
}
