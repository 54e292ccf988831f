import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BackendFault, FailingBackend } from "@loci/conformance";
import { myStore } from "../src/index.ts";

/** Two stores on one folder: files fail beneath the first, and the second looks at what is there afterwards. */
export async function failingFiles(): Promise<FailingBackend> {
  const directory = mkdtempSync(join(tmpdir(), "my-store-failing-"));
  const files = () => readdirSync(directory).filter((name) => name.endsWith(".db"));
  const paths = () => files().map((name) => join(directory, name));
  const store = myStore({ directory, timeout: 200 });
  const witness = myStore({ directory });
  return {
    store,
    witness,
    faults: {
      "locked files": fault({ retryable: true, hangs: true }, () => hold(paths(), "begin immediate")),
      "a reader that stays": fault({ harmless: true }, () => hold(paths(), "begin")),
      "damaged files": fault({ retryable: false }, () => damage(paths())),
    },
    async dispose() {
      await store.close();
      await witness.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A fault of which nobody knows which request it met. */
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

/** Holds transactions open, as another program does. */
function hold(paths: readonly string[], begin: string): () => void {
  const held = paths.map((path) => new DatabaseSync(path));
  for (const database of held) database.exec(begin);
  return () => {
    for (const database of held) database.close();
  };
}

/** Writes something else into the files. What was dropped meanwhile does not come back. */
function damage(paths: readonly string[]): () => void {
  const before = paths.map((path) => [path, readFileSync(path)] as const);
  for (const path of paths) writeFileSync(path, "this is a text, and no database\n".repeat(300));
  return () => {
    for (const [path, content] of before) if (existsSync(path)) writeFileSync(path, content);
  };
}
