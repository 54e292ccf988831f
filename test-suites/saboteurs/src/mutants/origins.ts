import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import type { ConformanceHarness, Instance } from "@loci/conformance";
import type { VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import type { RightStore } from "../right-store.ts";

/** A right store of which mutants are derived. */
export interface Origin {
  readonly name: string;
  /** Whether it lies in memory, so that the suite runs on it in seconds. */
  readonly isQuick: boolean;
  /** Its module. */
  readonly entry: string;
  /** What is changed in it, one place after the other. */
  readonly files: readonly string[];
  /** Makes a store on an empty backend, of the entry's module. */
  create(module: unknown): Promise<Instance>;
}

/** A folder in memory, where the system has one: nothing here has to outlive a crash. */
const memory = "/dev/shm";

/** PostgreSQL in WebAssembly: one for all, since it takes seconds to start. */
let database: Promise<PGlite> | undefined;

const filesIn = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}.ts`);

/**
 * The right stores, and of each the files that decide what a query sees. How a store splits its
 * work, makes room on a full disk or finds words faster is left to its own tests.
 */
export const origins: readonly Origin[] = [
  {
    name: "right store",
    isQuick: true,
    entry: "test-suites/saboteurs/src/right-store.ts",
    files: ["test-suites/saboteurs/src/right-store.ts"],
    async create(module) {
      const store = new (module as { RightStore: typeof RightStore }).RightStore();
      return { store, second: async () => store.second(), dispose: () => store.close() };
    },
  },
  {
    name: "in-memory",
    isQuick: true,
    entry: "packages/core/src/store/in-memory-store.ts",
    files: filesIn("packages/core/src/store", [
      "in-memory-store",
      "scan-dialect",
      "list-cursor",
      "namespace-of-driver",
    ]),
    async create(module) {
      const store = (module as { inMemory: () => VectorStore }).inMemory();
      return {
        store,
        // What lies in a process is seen by that process alone.
        second: async () => ({ ...store, close: async () => {} }),
        dispose: () => store.close(),
      };
    },
  },
  {
    name: "sqlite",
    isQuick: false,
    entry: "packages/sqlite/src/index.ts",
    files: ["packages/core/src/store/compile-predicate.ts", "packages/sqlite/src/dialect.ts"],
    async create(module) {
      const { sqlite } = module as { sqlite: (options: object) => VectorStore };
      const directory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "loci-mutants-"));
      const store = sqlite({ directory, maxOpenFiles: 8 });
      return {
        store,
        second: async () => sqlite({ directory, maxOpenFiles: 8 }),
        async inspect() {
          const names = readdirSync(directory).filter((name) => name.startsWith("m1_"));
          return new Map(
            names.map((name) => [name.replace(/\.db$/, ""), readFileSync(join(directory, name))]),
          );
        },
        async dispose() {
          await store.close();
          rmSync(directory, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: "pglite",
    isQuick: false,
    entry: "packages/postgres/src/index.ts",
    files: ["packages/postgres/src/dialect.ts"],
    async create(module) {
      const { postgres } = module as { postgres: (options: object) => VectorStore };
      database ??= PGlite.create({ extensions: { vector } });
      const client = await database;
      const store = postgres({ client });
      return {
        store,
        second: async () => postgres({ client }),
        async dispose() {
          await store.close();
          const { rows } = await client.query<{ drops: string }>(
            `select 'drop schema ' || nspname || ' cascade' as drops from pg_namespace where nspname ~ '^m1_'
             union all select 'drop role ' || rolname from pg_roles where rolname ~ '^m1_'`,
          );
          for (const { drops } of rows) await client.exec(drops);
        },
      };
    },
  },
];

/** The harness of an origin, of one copy of its module. */
export function harnessOf({ name, create }: Origin, module: unknown): ConformanceHarness {
  return { name, createMemory: (options) => new Memory(options), create: () => create(module) };
}
