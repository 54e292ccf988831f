import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inMemory, type VectorStore } from "@loci/core";
import { sqlite } from "@loci/sqlite";
import { onTestFinished } from "vitest";

/** A folder that is removed when the test is over. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loci-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every store, each made anew for a test. */
export const stores: readonly { readonly name: string; readonly make: () => VectorStore }[] = [
  { name: "in-memory", make: inMemory },
  {
    name: "sqlite",
    make: () => {
      // Two open files at the most, so that every test also closes and opens files again.
      const store = sqlite({ directory: join(temporaryFolder(), "memories"), maxOpenFiles: 2 });
      onTestFinished(() => store.close());
      return store;
    },
  },
];
