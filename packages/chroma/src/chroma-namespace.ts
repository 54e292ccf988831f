import { type Manifest, type NamespaceDriver, recordKey } from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { dialect, only } from "./dialect.ts";
import { listPage, type Reach, reachAfter } from "./list-page.ts";
import { nearest } from "./nearest.ts";
import { type Row, readRecords, replacing, toRow } from "./record-rows.ts";

/** Calls the collection of a namespace. */
export type Call = <T>(signal: AbortSignal, task: (collection: Collection) => Promise<T>) => Promise<T>;

/** One namespace: one collection, in a database of its own. */
export function chromaNamespace(manifest: Manifest, call: Call): NamespaceDriver<Where> {
  // How far the last page of a listing went: the next one is likely to go as far.
  let reach: Reach | undefined;
  return {
    manifest,
    async write({ records, signal }) {
      const rows = records.map((record) => toRow(record, manifest.embedder?.dimensions ?? 1));
      const ids = rows.map(({ id }) => id);
      return call(signal, async (collection) => {
        const known = await collection.get({ ids, include: ["metadatas"] });
        const before = new Map(known.ids.map((id, index) => [id, known.metadatas[index]]));
        const isExpected = ({ id, expected }: Row) => {
          if (expected === undefined) return true;
          const there = before.get(id);
          return expected === "absent" ? !there : there?.version === expected.version;
        };
        const written = rows.filter(isExpected);
        if (written.length > 0)
          await collection.upsert({
            ids: written.map(({ id }) => id),
            embeddings: written.map(({ embedding }) => embedding),
            metadatas: written.map(({ id, metadata }) => replacing(metadata, before.get(id))),
          });
        return rows.map((row) => (isExpected(row) ? undefined : "conflict"));
      });
    },
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
    async deleteVersions({ records, signal }) {
      return call(signal, async (collection) => {
        const ids = records.map(({ id, scopeKey }) => recordKey(id, scopeKey));
        const { deleted = 0 } = await collection.delete({
          ids,
          where: { version: { $in: records.map(({ version }) => version) } },
        });
        return deleted;
      });
    },
    count: ({ where, signal }) =>
      call(signal, async (collection) =>
        where === dialect.everything
          ? collection.count()
          : (await collection.get({ where, include: [] })).ids.length,
      ),
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
