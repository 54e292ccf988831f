import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceHarness } from "@loci/conformance";
import { secondProcess } from "@loci/conformance/second-process";
import type { VectorStore } from "@loci/core/store";
import { jsonFiles } from "./json-file-store.ts";

/** Makes the store, in this process and in the second one. */
export const openStore = (directory: string): VectorStore => jsonFiles(directory);

export const harness: ConformanceHarness = {
  name: "json-file",
  async create() {
    const directory = mkdtempSync(join(process.cwd(), "json-file-"));
    return {
      store: openStore(directory),
      second: () => secondProcess(import.meta.url, { values: [directory] }),
      dispose: async () => rmSync(directory, { recursive: true }),
    };
  },
};
