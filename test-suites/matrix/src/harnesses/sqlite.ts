import { AsyncLocalStorage } from "node:async_hooks";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { makeFolder } from "@loci/backends";
import type { ConformanceHarness } from "@loci/conformance";
import { sqlite } from "@loci/sqlite";
import manifest from "@loci/sqlite/package.json" with { type: "json" };
import type { Subject } from "../subject.ts";
import { failingFiles } from "./failing-files.ts";

/** The embedded store, with a look at its files and a tap on its driver. */
const harness: ConformanceHarness = {
  name: "@loci/sqlite",
  version: manifest.version,
  reproduce: "npm run matrix -- sqlite",
  async create() {
    const directory = makeFolder("loci-conformance-");
    const store = sqlite({ directory, maxOpenFiles: 8 });
    return {
      store,
      second: async () => sqlite({ directory, maxOpenFiles: 8 }),
      async dispose() {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      },
      // Each namespace is a file, and the log and the index of the log beside it.
      async inspect() {
        const names = readdirSync(directory).filter((name) => name.startsWith("m1_"));
        return new Map(names.map((name) => [name.replace(/\.db$/, ""), readFileSync(join(directory, name))]));
      },
      tap: tapDriver,
      fail: failingFiles,
      backend: async () => ({ name: "SQLite", version: process.versions.sqlite ?? "unknown" }),
    };
  },
};

export const sqliteSubject: Subject = {
  name: "sqlite",
  harness,
  capabilities: sqlite({ directory: tmpdir() }).capabilities,
  stop: async () => {},
};

const fileOf = new WeakMap<StatementSync, string>();
/** What belongs to one call, beside others that go on at the same time. */
const requests = new AsyncLocalStorage<string[]>();

/** Listens at the driver: which file, which statement, which parameters. */
async function tapDriver(call: () => Promise<unknown>): Promise<readonly string[]> {
  const heard: string[] = [];
  await requests.run(heard, call);
  return heard;
}

/** From the beginning on: statements are prepared once, and belong to a file from then on. */
function listen(): void {
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    fileOf.set(statement, this.location() ?? "");
    return statement;
  };
  for (const method of ["all", "get", "run"] as const) {
    const original = StatementSync.prototype[method] as (...parameters: unknown[]) => unknown;
    const tapped = function (this: StatementSync, ...parameters: unknown[]) {
      // Statements that were prepared before belong to a file that the store has opened: its path is in the name.
      requests
        .getStore()
        ?.push(
          `${fileOf.get(this) ?? "a file opened before"} ${this.sourceSQL} ${JSON.stringify(parameters)}`,
        );
      return original.apply(this, parameters);
    };
    Object.assign(StatementSync.prototype, { [method]: tapped });
  }
}

listen();
