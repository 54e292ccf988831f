import type { Manifest, NamespaceDriver } from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { only } from "./dialect.ts";
import { listPage, type Reach, reachAfter } from "./list-page.ts";
import { nearest } from "./nearest.ts";
import { readRecords } from "./record-rows.ts";
import { keyOfRow } from "./row-version.ts";
import { deleteRowVersions, writeRows } from "./write-rows.ts";

/** Calls the collection of a namespace. */
export type Call = <T>(signal: AbortSignal, task: (collection: Collection) => Promise<T>) => Promise<T>;

/** One namespace: one collection, in a database of its own. */
export function chromaNamespace(manifest: Manifest, call: Call): NamespaceDriver<Where> {
  // How far the last page of a listing went: the next one is likely to go as far.
  let reach: Reach | undefined;
  const dimensions = manifest.embedder?.dimensions ?? 1;
  return {
    manifest,
    write: ({ records, signal }) => call(signal, (collection) => writeRows(collection, records, dimensions)),
    search: ({ where, vector, limit, signal }) =>
      call(signal, (collection) => nearest(collection, where, vector, limit)),
    async get({ where, vectors, signal }) {
      const found = await call(signal, (collection) => readRecords(collection, only(where), vectors));
      return found.map(({ record }) => record);
    },
    async list({ signal, ...query }) {
      const page = await call(signal, (collection) => listPage(collection, query, reach));
      reach = reachAfter(page);
      return page;
    },
    delete: ({ where, signal }) => call(signal, (collection) => deleteMatching(collection, where)),
    deleteVersions: ({ records, signal }) =>
      call(signal, (collection) => deleteRowVersions(collection, records, dimensions)),
    // Of a record that is being replaced there are two rows, and Chroma's own count has both.
    count: ({ where, signal }) =>
      call(signal, async (collection) => {
        const { ids } = await collection.get({ where, include: [] });
        return new Set(ids.map(keyOfRow)).size;
      }),
  };
}

/** Chroma deletes by the ids that it finds, in one statement: more of them are too many variables for it. */
const deletedAtOnce = 5000;

/** Deletes what matches, in requests of a bounded size. */
export async function deleteMatching(collection: Collection, where: Where): Promise<number> {
  for (let total = 0; ; ) {
    const { deleted = 0 } = await collection.delete({ where, limit: deletedAtOnce });
    total += deleted;
    if (deleted < deletedAtOnce) return total;
  }
}
