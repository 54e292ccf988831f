import { join } from "node:path";
import {
  Memory as CoreMemory,
  type MemoryOptions as CoreMemoryOptions,
  InvalidInputError,
  type Tenancy,
  type VectorStore,
} from "@loci/core";
import { sqlite } from "@loci/sqlite";

/** How a memory is set up; everything has a default. */
export interface MemoryOptions<T extends Tenancy = "multi"> extends Omit<CoreMemoryOptions<T>, "directory"> {
  /**
   * The folder for the database files, when no other `store` is given. Default: `.loci` in the working directory. With
   * `cells` or `regions`: the store that has the list of organizations, or a folder for it.
   */
  readonly directory?: string | VectorStore;
}

let noticed = false;

/**
 * A memory that works at once: on an embedded database beside the project, searched by keyword until an
 * embedder is given. Each organization's memories are a file of their own.
 */
export class Memory<T extends Tenancy = "multi"> extends CoreMemory<T> {
  /**
   * Creates no file yet: that is for the first write.
   * @throws the errors of `@loci/core`'s Memory
   */
  constructor(options: MemoryOptions<T> = {}) {
    const { directory: _, ...rest } = options;
    const stores = storesOf(options);
    super({ ...rest, ...stores });
    if (stores.store && options.embedder === undefined) notice();
  }
}

/** What stands for `directory` in the options of core. */
function storesOf<T extends Tenancy>({
  directory,
  store,
  cells,
  regions,
}: MemoryOptions<T>): Pick<CoreMemoryOptions, "store" | "directory"> {
  const embedded = typeof directory === "string" ? sqlite({ directory }) : directory;
  if (cells || regions) return embedded ? { directory: embedded } : {};
  if (directory !== undefined && (store || typeof directory !== "string")) {
    throw new InvalidInputError(
      "directory is a folder, for the embedded store: leave it out where another store is given.",
      { path: "directory" },
    );
  }
  if (store) return {};
  return { store: embedded ?? sqlite({ directory: join(process.cwd(), ".loci") }) };
}

/** Said once in a process. `embedder: null` says that it is meant. */
function notice(): void {
  if (noticed) return;
  noticed = true;
  console.info(
    "[loci] Searching by keyword: give new Memory({ embedder }) to search by meaning too, or embedder: null to hide this line.",
  );
}
