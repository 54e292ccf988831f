import { join } from "node:path";
import {
  Memory as CoreMemory,
  type MemoryOptions as CoreMemoryOptions,
  InvalidInputError,
  type Tenancy,
} from "@loci/core";
import { sqlite } from "@loci/sqlite";

/** How a memory is set up; everything has a default. */
export interface MemoryOptions<T extends Tenancy = "multi"> extends CoreMemoryOptions<T> {
  /**
   * The folder for the database files of the embedded store, where no `store` is given. With `cells` or `regions`, the
   * folder for the list of organizations, where no `registry` is given. Default: `.loci` in the working directory.
   */
  readonly directory?: string;
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
    const misspelt = Object.keys(rest).find((name) => /^(dir|folder|path|file)(name|path)?$/i.test(name));
    if (misspelt !== undefined) {
      throw new InvalidInputError(`There is no option ${JSON.stringify(misspelt)}; did you mean directory?`, {
        path: misspelt,
      });
    }
    const stores = storesOf(options);
    super({ ...rest, ...stores });
    if (stores.store && options.embedder === undefined) notice();
  }
}

/** The stores that `directory` stands for. */
function storesOf<T extends Tenancy>({
  directory,
  store,
  registry,
  cells,
  regions,
}: MemoryOptions<T>): Pick<CoreMemoryOptions, "store" | "registry"> {
  const isNeeded = cells || regions ? !registry : !store;
  if (directory !== undefined && !isNeeded) {
    throw new InvalidInputError(
      `directory is a folder for the embedded store. Leave it out, since ${cells || regions ? "a registry" : "another store"} is given.`,
      { path: "directory" },
    );
  }
  if (!isNeeded) return {};
  if (cells || regions) return directory === undefined ? {} : { registry: sqlite({ directory }) };
  return { store: sqlite({ directory: directory ?? join(process.cwd(), ".loci") }) };
}

/** Said once in a process. `embedder: null` says that it is meant. */
function notice(): void {
  if (noticed) return;
  noticed = true;
  console.info(
    "[loci] Searching by keyword: give new Memory({ embedder }) to search by meaning too, or embedder: null to hide this line.",
  );
}
