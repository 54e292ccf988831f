import type {
  DriverGetQuery,
  DriverListQuery,
  DriverQuery,
  DriverVectorQuery,
  ListedRecord,
  Manifest,
  NamespaceDriver,
  ScoredRecord,
  StoredRecord,
  WriteOutcome,
  WriteRequest,
} from "@loci/core/store";
import type { Collection, Where } from "chromadb";
import { dialect, only } from "./dialect.ts";
import { listPage, type Reach, reachAfter } from "./list-page.ts";
import { nearest } from "./nearest.ts";
import { readRecords } from "./read-records.ts";
import { replacing, toRecord, toRow } from "./record-rows.ts";

/** Chroma deletes by the ids that it finds, in one statement: more of them are too many variables for it. */
const deletedAtOnce = 5000;

/** Calls the collection of a namespace. */
export type CallCollection = <T>(
  signal: AbortSignal,
  task: (collection: Collection) => Promise<T>,
) => Promise<T>;

/** One namespace: one collection, in a database of its own. */
export class ChromaNamespace implements NamespaceDriver<Where> {
  readonly manifest: Manifest;
  readonly #call: CallCollection;
  /** How far the last page went: the next one is likely to go as far. */
  #reach: Reach | undefined;

  constructor(manifest: Manifest, call: CallCollection) {
    this.manifest = manifest;
    this.#call = call;
  }

  async write({ records, signal }: WriteRequest): Promise<readonly WriteOutcome[]> {
    const rows = records.map((record) => toRow(record, this.manifest.embedder?.dimensions ?? 1));
    const ids = rows.map(({ id }) => id);
    await this.#call(signal, async (collection) => {
      const known = await collection.get({ ids, include: ["metadatas"] });
      const before = new Map(known.ids.map((id, index) => [id, known.metadatas[index]]));
      const complete = rows.map((row) => replacing(row, before.get(row.id)));
      await collection.upsert({
        ids,
        embeddings: complete.map(({ embedding }) => embedding),
        metadatas: complete.map(({ metadata }) => metadata),
      });
    });
    return [];
  }

  async search({ where, vector, limit, signal }: DriverVectorQuery<Where>): Promise<readonly ScoredRecord[]> {
    const hits = await this.#call(signal, (collection) => nearest(collection, where, vector, limit));
    return hits.map(({ metadata, score }) => ({ record: toRecord(metadata), score }));
  }

  async get({ where, vectors, signal }: DriverGetQuery<Where>): Promise<readonly StoredRecord[]> {
    const found = await this.#call(signal, (collection) => readRecords(collection, only(where), vectors));
    return found.map(({ record }) => record);
  }

  async list({ signal, ...query }: DriverListQuery<Where>): Promise<readonly ListedRecord[]> {
    const page = await this.#call(signal, (collection) => listPage(collection, query, this.#reach));
    this.#reach = reachAfter(page);
    return page;
  }

  delete({ where, signal }: DriverQuery<Where>): Promise<number> {
    return this.#call(signal, (collection) => deleteMatching(collection, where));
  }

  count({ where, signal }: DriverQuery<Where>): Promise<number> {
    return this.#call(signal, async (collection) =>
      where === dialect.everything
        ? collection.count()
        : (await collection.get({ where, include: [] })).ids.length,
    );
  }
}

/** Deletes what matches, in requests of a bounded size. */
export async function deleteMatching(collection: Collection, where: Where): Promise<number> {
  for (let total = 0; ; ) {
    const { deleted = 0 } = await collection.delete({ where, limit: deletedAtOnce });
    total += deleted;
    if (deleted < deletedAtOnce) return total;
  }
}
