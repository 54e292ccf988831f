import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import {
  columnNames,
  defineStore,
  type Manifest,
  type NamespaceKey,
  NamespaceNotFoundError,
  type VectorStore,
} from "@loci/core/store";
import { dialect, type Sql } from "./dialect.ts";
import { type Database, type Listener, openNamespace, type Run } from "./namespace.ts";

export interface MyStoreOptions {
  readonly directory: string;
  /** The milliseconds that a call waits for a lock. Default: 5000. */
  readonly timeout?: number;
  /** Hears of each statement, with its database and its parameters. */
  readonly onStatement?: Listener;
}

/** Keeps each namespace in a SQLite database of its own. A toy: it opens the file for every call, and compares every vector. */
export function myStore({ directory, timeout = 5000, onStatement }: MyStoreOptions): VectorStore {
  const fileOf = (key: string) => join(directory, `${key}.db`);
  /** Opens a database, in the mode of a URI of SQLite: `rw` makes none where there is none. */
  const connect = async <T>(key: NamespaceKey, mode: "rw" | "rwc", task: (run: Run) => T): Promise<T> => {
    const address = pathToFileURL(fileOf(key));
    address.searchParams.set("mode", mode);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(address, { timeout });
      const opened = database;
      // What was deleted is overwritten in the file.
      database.exec("pragma secure_delete = on");
      return task((sql, ...parameters) => {
        onStatement?.(fileOf(key), sql, parameters);
        return opened.prepare(sql).all(...parameters);
      });
    } catch (error) {
      // SQLite has many errors for a file that is taken away meanwhile, and for one that it cannot open. The folder says which it is.
      throw mode === "rw" && !existsSync(fileOf(key)) ? gone(key) : error;
    } finally {
      database?.close();
    }
  };

  return defineStore<Sql>({
    name: "my-store",
    // YOURS: what is true of your backend. The suite finds out what is not.
    capabilities: {
      isolation: "physical",
      keyword: true,
      scoreIsolation: "scope",
      erasure: "logical",
      residue: [{ where: "free blocks of the disk", clearedBy: "whatever is written over them" }],
      readYourWrites: true,
    },
    // YOURS: the most records, ids and bytes of one request.
    limits: { records: 1000 },
    dialect,
    // YOURS: what an error of your backend means. "unavailable" is what may pass.
    classify(error) {
      const { errcode, message = "" } = error as { readonly errcode?: number; readonly message?: string };
      if (message.includes("no such table")) return { kind: "missing" };
      if (message.includes("already exists")) return { kind: "exists" };
      if (errcode !== undefined && passing.includes(errcode)) return { kind: "unavailable" };
      if (errcode === 13) return { kind: "full" };
      return errcode === undefined ? undefined : { kind: "failed" };
    },
    // YOURS: finds a namespace and never makes one: an error of the kind "missing" says that there is none.
    async find({ key }) {
      const readBorn = (run: Run) => run("select born, content from manifest")[0] as Born | undefined;
      const found = await connect(key, "rw", readBorn);
      if (!found) return undefined;
      const database: Database = (task) =>
        connect(key, "rw", (run) => {
          run("begin immediate");
          // The file may be another one of the same name: a handle on what was dropped does not work on it.
          if (readBorn(run)?.born !== found.born) throw gone(key);
          const answer = task(run);
          run("commit");
          return answer;
        });
      return openNamespace(JSON.parse(found.content) as Manifest, database);
    },
    // YOURS: makes a namespace with its manifest in one step. Of two who do so at once, the second leaves what the first has made.
    async create({ key, manifest }) {
      mkdirSync(directory, { recursive: true });
      await connect(key, "rwc", (run) => {
        run("begin immediate");
        run("create table manifest (born text, content text)");
        run(
          `create table records ("row" integer primary key autoincrement, "key" text unique, version text, vector text,
           keywords text, tokens text, numbers text, ${columnNames.map((name) => `"${name}"`).join(", ")})`,
        );
        run("insert into manifest values (?, ?)", randomUUID(), JSON.stringify(manifest));
        run("commit");
      });
    },
    // YOURS: removes a namespace, and what a crash has left of one.
    async drop({ key }) {
      const files = filesOf(directory, key);
      // Under the lock of those who use it: none of them is in the middle of a write when its files go.
      await connect(key, "rw", (run) => {
        run("begin immediate");
        run("drop table manifest");
        run("drop table records");
        run("commit");
      }).catch((error: unknown) => {
        if (!isUseless(error)) throw error;
      });
      for (const name of files) rmSync(join(directory, name), { force: true });
      return { dropped: files.length > 0, residue: [] };
    },
    // YOURS: what your backend itself lists under the name. Leave it out where it lists nothing.
    leftovers: async ({ key }) => filesOf(directory, key),
  });
}

/** Locks, a file that cannot be opened, and one that another has replaced: codes of SQLite for what may pass. */
const passing = [5, 6, 14, 1032];

/** Whether nobody can use a database: it is gone, was made by half, or is none. */
function isUseless(error: unknown): boolean {
  const { errcode, message = "" } = error as { readonly errcode?: number; readonly message?: string };
  return NamespaceNotFoundError.isInstance(error) || message.includes("no such table") || errcode === 26;
}

interface Born {
  readonly born: string;
  readonly content: string;
}

function gone(key: NamespaceKey): NamespaceNotFoundError {
  return new NamespaceNotFoundError(`There is no database ${key} any more.`, { namespace: key });
}

/** The database and its journal. */
function filesOf(directory: string, key: string): readonly string[] {
  mkdirSync(directory, { recursive: true });
  return readdirSync(directory).filter((name) => name.startsWith(`${key}.`));
}
