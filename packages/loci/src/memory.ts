import { join } from "node:path";
import {
  Memory as CoreMemory,
  type MemoryOptions as CoreMemoryOptions,
  InvalidInputError,
  type Tenancy,
} from "@loci/core";
import { sqlite } from "@loci/sqlite";

/** How a memory is set up; everything has a default. */
export interface MemoryOptions<T extends Tenancy = "multi"> extends Partial<CoreMemoryOptions<T>> {
  /** The folder for the database files, when no other `store` is given. Default: `.loci` in the working directory. */
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
    const { directory, ...rest } = options;
    if (directory !== undefined && options.store) {
      throw new InvalidInputError(
        "directory is for the embedded store: leave it out where another store is given.",
        {
          path: "directory",
        },
      );
    }
    super({
      ...rest,
      store: options.store ?? sqlite({ directory: directory ?? join(process.cwd(), ".loci") }),
    });
    if (options.embedder === undefined) notice();
  }
}

/** Said once in a process. `embedder: null` says that it is meant. */
function notice(): void {
  if (noticed) return;
  noticed = true;
  console.info(
    "[loci] Searching by keyword: give new Memory({ embedder }) to search by meaning too, or embedder: null to hide this line.",
  );
}
