import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
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
  /** Hears of each statement, with its database and its parameters. */
  readonly onStatement?: Listener;
}

/** Keeps each namespace in a SQLite database of its own. A toy: it opens the file for every call, and compares every vector. */
export function myStore({ directory, onStatement }: MyStoreOptions): VectorStore {
  const fileOf = (key: string) => join(directory, `${key}.db`);
  /** Opens a database, in the mode of a URI of SQLite: `rw` makes none where there is none. */
  const connect = async <T>(key: string, mode: "rw" | "rwc", task: (run: Run) => T): Promise<T> => {
    const address = pathToFileURL(fileOf(key));
    address.searchParams.set("mode", mode);
    const database = new DatabaseSync(address, { timeout: 5000 });
    try {
      // What was deleted is overwritten in the file.
      database.exec("pragma secure_delete = on");
      return task((sql, ...parameters) => {
        onStatement?.(fileOf(key), sql, parameters);
        return database.prepare(sql).all(...parameters);
      });
    } finally {
      database.close();
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
      if (errcode === 14 || message.includes("no such table")) return { kind: "missing" };
      if (message.includes("already exists")) return { kind: "exists" };
      if (errcode === 5 || errcode === 6) return { kind: "unavailable" };
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
      for (const name of files) rmSync(join(directory, name), { force: true });
      return { dropped: files.length > 0, residue: [] };
    },
    // YOURS: what your backend itself lists under the name. Leave it out where it lists nothing.
    leftovers: async ({ key }) => filesOf(directory, key),
  });
}

interface Born {
  readonly born: string;
  readonly content: string;
}

function gone(key: NamespaceKey): NamespaceNotFoundError {
  return new NamespaceNotFoundError(`The database ${key} was dropped, and made again.`, { namespace: key });
}

/** The database and its journal. */
function filesOf(directory: string, key: string): readonly string[] {
  mkdirSync(directory, { recursive: true });
  return readdirSync(directory).filter((name) => name.startsWith(`${key}.`));
}
