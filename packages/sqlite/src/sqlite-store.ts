import { join } from "node:path";
import { UnsupportedError } from "@loci/core";
import { defineStore, type NamespaceKey, type VectorStore } from "@loci/core/store";
import { classify } from "./classify.ts";
import { Connections } from "./connections.ts";
import { createDatabaseFile } from "./create-database-file.ts";
import { DatabaseFile, type DatabaseFolder } from "./database-file.ts";
import { dialect } from "./dialect.ts";
import { dropDatabaseFile } from "./drop-database-file.ts";
import { defaultOpenFiles } from "./open-file-limit.ts";
import { readOptions } from "./read-options.ts";
import { Reserve } from "./reserve.ts";
import { sqliteNamespace } from "./sqlite-namespace.ts";
import { filesOf } from "./whole-file.ts";
import { WriteAheadLogs } from "./write-ahead-logs.ts";

/** Options of `sqlite`. */
export interface SqliteOptions {
  /** The folder for the database files, made with mode 0700 where it does not exist. */
  readonly directory: string;
  /**
   * The most databases open at once, 1 or more; the least recently used one is closed first. Each takes three files. Default: as
   * many as the process's limit of open files allows, and at most 128.
   */
  readonly maxOpenFiles?: number;
  /** How long a call waits for another process that is writing to the same file, in milliseconds. Default: 5000. */
  readonly busyTimeout?: number;
  /**
   * The file of the extension sqlite-vec, such as `vec0.so`, where an application is bundled without its packages. Loaded for
   * organizations with vectors. Default: what the installed package `sqlite-vec` says.
   */
  readonly vectorExtension?: string;
}

/**
 * Keeps each organization in one SQLite file of its own. Nothing is opened before the first call.
 * @throws InvalidInputError for options that are missing, unknown or out of range; UnsupportedError on a Node before 22.16
 */
export function sqlite(options: SqliteOptions): VectorStore {
  const { directory, vectorExtension, ...limits } = readOptions("sqlite", options, {
    numbers: { maxOpenFiles: defaultOpenFiles(), busyTimeout: 5000 },
    texts: ["vectorExtension"],
  });
  assertNode();
  const reserve = new Reserve(directory);
  const connections = new Connections({ ...limits, vectorExtension, reserve });
  const logs = new WriteAheadLogs(connections);
  const folder: DatabaseFolder = { connections, logs, reserve };
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
    // A list of ids is one parameter; a longer one is for more than one turn of the event loop.
    limits: { records: Number.POSITIVE_INFINITY, ids: 1000 },
    dialect,
    classify: (error, key) => classify(pathOf(key), error),
    find: async ({ key, signal }) => sqliteNamespace(await DatabaseFile.open(pathOf(key), folder, signal)),
    create: async ({ key, manifest }) =>
      connections.withFiles(pathOf(key), () => createDatabaseFile(pathOf(key), manifest)),
    drop: ({ key, signal }) => dropDatabaseFile(key, pathOf(key), folder, signal),
    leftovers: async ({ key }) => filesOf(pathOf(key)).map((name) => `the file ${name}`),
    async close() {
      logs.close();
      connections.closeAll();
    },
  });
}

function assertNode(): void {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 16)) return;
  throw new UnsupportedError(
    `Loci needs Node 22.16 or newer for SQLite, whose full-text search came with it. This is Node ${node}.`,
  );
}
