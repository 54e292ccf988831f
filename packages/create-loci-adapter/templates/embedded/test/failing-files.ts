import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendFault, FailingBackend } from "@loci/conformance";
import { myStore } from "../src/index.ts";

/** Two stores on one folder: files fail beneath the first, and the second looks at what is there afterwards. */
export async function failingFiles(): Promise<FailingBackend> {
  const directory = mkdtempSync(join(tmpdir(), "my-store-failing-"));
  const files = () => readdirSync(directory).filter((name) => name.endsWith(".json"));
  const paths = () => files().map((name) => join(directory, name));
  const store = myStore({ directory, patience: 200 });
  const witness = myStore({ directory });
  return {
    store,
    witness,
    faults: {
      "locked files": fault({ retryable: true, hangs: true }, () => lock(paths())),
      "damaged files": fault({ retryable: false }, () =>
        replace(paths(), (path) => writeFileSync(path, "no JSON")),
      ),
      "folders in place of files": fault({ retryable: false }, () =>
        replace(paths(), (path) => mkdirSync(path)),
      ),
    },
    async dispose() {
      await store.close();
      await witness.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A fault of which nobody knows which call it met. */
function fault(how: Omit<BackendFault, "begin">, begin: () => () => void): BackendFault {
  return {
    ...how,
    async begin() {
      const end = begin();
      return async () => {
        end();
        return undefined;
      };
    },
  };
}

/** Holds the locks, as a process that has died does. */
function lock(paths: readonly string[]): () => void {
  const locks = paths.map((path) => `${path}.lock`);
  for (const one of locks) writeFileSync(one, "");
  return () => {
    for (const one of locks) rmSync(one);
  };
}

/** Puts something else in the place of files. What was dropped meanwhile does not come back. */
function replace(paths: readonly string[], put: (path: string) => void): () => void {
  const before = paths.map((path) => [path, readFileSync(path)] as const);
  for (const path of paths) {
    rmSync(path);
    put(path);
  }
  return () => {
    for (const [path, content] of before) {
      if (!existsSync(path)) continue;
      rmSync(path, { recursive: true });
      writeFileSync(path, content);
    }
  };
}
