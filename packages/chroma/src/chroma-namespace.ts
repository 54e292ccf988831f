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
import { dialect } from "./dialect.ts";
import { listPage } from "./list-page.ts";
import { denying, toRecord, toRow } from "./record-rows.ts";

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
      const complete = rows.map((row) => denying(row, before.get(row.id)));
      await collection.upsert({
        ids,
        embeddings: complete.map(({ embedding }) => embedding),
        metadatas: complete.map(({ metadata }) => metadata),
      });
    });
    return [];
  }

  async search({ where, vector, limit, signal }: DriverVectorQuery<Where>): Promise<readonly ScoredRecord[]> {
    return this.#call(signal, async (collection) => {
      // Every condition costs time: that a record has a vector is asked only where one without has come up.
      const near = await nearest(collection, where, vector, limit);
      const vectorless = near.some(({ hasVector }) => !hasVector);
      const comparable = vectorless ? dialect.and([where, { has_vector: true }]) : where;
      const hits = vectorless ? await nearest(collection, comparable, vector, limit) : near;
      if (hits.length >= limit) return hits.map(({ hit }) => hit);
      // The index gives up early where few of many records match: then there are few enough to be compared one by one.
      const matching = await collection.get({ ...narrowed(comparable), limit: hits.length + 1, include: [] });
      if (matching.ids.length > hits.length) return compareAll(collection, comparable, vector, limit);
      return hits.map(({ hit }) => hit);
    });
  }

  get({ where, vectors, signal }: DriverGetQuery<Where>): Promise<readonly StoredRecord[]> {
    return this.#call(signal, (collection) => read(collection, where, vectors));
  }

  list({ signal, ...query }: DriverListQuery<Where>): Promise<readonly ListedRecord[]> {
    return this.#call(signal, (collection) => listPage(collection, query));
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

/** What a request is narrowed by. Chroma is faster where it is by nothing. */
function narrowed(where: Where): { readonly where?: Where } {
  return where === dialect.everything ? {} : { where };
}

async function nearest(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly { readonly hit: ScoredRecord; readonly hasVector: boolean }[]> {
  const found = await collection.query({
    ...narrowed(where),
    queryEmbeddings: [[...vector]],
    nResults: limit,
    include: ["metadatas", "distances"],
  });
  const [metadatas = []] = found.metadatas;
  const [distances = []] = found.distances;
  return metadatas.flatMap((metadata, index) =>
    metadata
      ? [
          {
            hit: { record: toRecord(metadata), score: 1 - Number(distances[index]) },
            hasVector: metadata.has_vector === true,
          },
        ]
      : [],
  );
}

async function compareAll(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly ScoredRecord[]> {
  const records = await read(collection, where, true);
  return records
    .flatMap(({ vector: own, ...record }) =>
      own
        ? [{ record, score: own.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0) }]
        : [],
    )
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

async function read(
  collection: Collection,
  where: Where,
  vectors: boolean,
): Promise<readonly StoredRecord[]> {
  const found = await collection.get({
    ...narrowed(where),
    include: vectors ? ["metadatas", "embeddings"] : ["metadatas"],
  });
  return found.metadatas.flatMap((metadata, index) =>
    metadata ? [toRecord(metadata, found.embeddings[index])] : [],
  );
}
