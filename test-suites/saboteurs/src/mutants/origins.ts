import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instance } from "@loci/conformance";
import type { VectorStore } from "@loci/core";
import type { RightStore } from "../right-store.ts";

/** A right store of which mutants are derived. */
export interface Origin {
  readonly name: string;
  /** Its module. */
  readonly entry: string;
  /** What is changed in it, one place after the other. */
  readonly files: readonly string[];
  /** Makes a store on an empty backend, of the entry's module. */
  create(module: unknown): Promise<Instance>;
}

/** A folder in memory, where the system has one: nothing here has to outlive a crash. */
const memory = "/dev/shm";

const filesIn = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}.ts`);

export const origins: readonly Origin[] = [
  {
    name: "right store",
    entry: "test-suites/saboteurs/src/right-store.ts",
    files: ["test-suites/saboteurs/src/right-store.ts"],
    async create(module) {
      const store = new (module as { RightStore: typeof RightStore }).RightStore();
      return { store, second: async () => store.second(), dispose: () => store.close() };
    },
  },
  {
    name: "in-memory",
    entry: "packages/core/src/store/in-memory-store.ts",
    files: filesIn("packages/core/src/store", [
      "in-memory-store",
      "scan-dialect",
      "compile-predicate",
      "list-cursor",
      "namespace-of-driver",
      "write-records",
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
    entry: "packages/sqlite/src/index.ts",
    files: [
      ...filesIn("packages/sqlite/src", ["dialect", "record-rows", "sqlite-namespace", "word-search"]),
      ...filesIn("packages/sqlite/src", ["write-in-turns", "delete-in-turns"]),
    ],
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
];
