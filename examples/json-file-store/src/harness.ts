import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceHarness } from "@loci/conformance";
import { jsonFiles } from "./json-file-store.ts";

export const harness: ConformanceHarness = {
  name: "json-file",
  async create() {
    const directory = mkdtempSync(join(process.cwd(), "json-file-"));
    return {
      store: jsonFiles(directory),
      second: async () => jsonFiles(directory),
      dispose: async () => rmSync(directory, { recursive: true }),
    };
  },
};
