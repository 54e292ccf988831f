import { createRequire } from "node:module";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { UnsupportedError } from "@loci/core";

/**
 * Loads sqlite-vec into a connection.
 * @param path the extension's file; by default the package `sqlite-vec` says where it is
 * @throws UnsupportedError where it is not found, or cannot be loaded
 */
export function loadVectorExtension(database: DatabaseSync, path: string | undefined): void {
  const file = path ?? findExtension();
  try {
    database.loadExtension(file);
  } catch (cause) {
    throw missing(`The extension sqlite-vec at ${file} cannot be loaded`, cause);
  }
}

/**
 * Asks the package where its file is. A bundler must not resolve it: it is a native file, which no bundle can hold. So the package
 * is required at run time, first from where this module lies, then from the application, whose bundle this module may be a part of.
 */
function findExtension(): string {
  const application = join(process.cwd(), "package.json");
  const failures: unknown[] = [];
  for (const route of [
    [import.meta.url],
    [application],
    [application, "@loci/sqlite"],
    [application, "loci", "@loci/sqlite"],
  ]) {
    try {
      const [start, ...packages] = route;
      // In a bundle of CommonJS, modules have no address.
      if (!start) continue;
      const from = packages.reduce((at, name) => createRequire(at).resolve(`${name}/package.json`), start);
      return (createRequire(from)("sqlite-vec") as { getLoadablePath(): string }).getLoadablePath();
    } catch (failure) {
      failures.push(failure);
    }
  }
  throw missing("The package sqlite-vec is not found", new AggregateError(failures));
}

function missing(problem: string, cause: unknown): UnsupportedError {
  return new UnsupportedError(
    `${problem}. Vectors need it: install sqlite-vec, or say where its file is by sqlite({ vectorExtension }).`,
    { cause },
  );
}
