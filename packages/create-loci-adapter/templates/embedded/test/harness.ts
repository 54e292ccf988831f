import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceHarness } from "@loci/conformance";
import { secondProcess } from "@loci/conformance/second-process";
import type { VectorStore } from "@loci/core/store";
import { myStore } from "../src/index.ts";
import { failingFiles } from "./failing-files.ts";

/** YOURS: what the other process opens. A library that answers before others get a turn is interrupted by processes alone. */
export const openStore = (directory: string): VectorStore => myStore({ directory });

export const harness: ConformanceHarness = {
  name: "my-store",
  reproduce: "npm run prove",
  // YOURS: your store on an empty backend. Called again for each case.
  async create() {
    const directory = mkdtempSync(join(tmpdir(), "my-store-"));
    const store = myStore({ directory });
    return {
      store,
      // YOURS: a store on the same backend in another process, which calls `openStore` with these values.
      second: () => secondProcess(import.meta.url, { values: [directory] }),
      // YOURS: the bytes of each namespace, read behind the store's back.
      inspect: async () =>
        new Map(
          readdirSync(directory).map((name) => [
            name.replace(/\.json$/, ""),
            readFileSync(join(directory, name)),
          ]),
        ),
      // YOURS: `tap` runs a call and returns each request that the store has sent meanwhile. Files get no requests.
      // YOURS: a store whose files fail, with a short time limit, and a witness beside it.
      fail: failingFiles,
      // YOURS: what your backend says that it is.
      backend: async () => ({ name: "JSON files on Node", version: process.versions.node }),
      async dispose() {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};
