import type {
  ListQuery,
  Manifest,
  Namespace,
  NamespaceKey,
  Page,
  Query,
  ScoredRecord,
  StoredRecord,
  VectorQuery,
  VectorRecord,
} from "@loci/core/store";
import type { Collection, Metadata, Where } from "chromadb";
import type { Connection } from "./connection.ts";
import { both, predicate, range } from "./predicate.ts";
import { denying, toRecord, toRows } from "./record-rows.ts";

/** Chroma has no order: a listing looks through one span of time after another, this long at first, in milliseconds. */
const firstSpan = 60_000;
const spanFactor = 8;
/** Before every moment that a Date can name, and after. */
const [earliest, latest] = [-8.65e15, 8.65e15];
/** Chroma deletes by the ids that it finds, in one statement: more of them are too many variables for it. */
const deletedAtOnce = 5000;
/** The most records, and ids, of one request. */
const partSize = 1000;

/** One namespace: one collection, in a database of its own. */
export class ChromaNamespace implements Namespace {
  readonly manifest: Manifest;
  readonly #key: NamespaceKey;
  readonly #collection: string;
  readonly #connection: Connection;

  constructor(key: NamespaceKey, manifest: Manifest, collection: string, connection: Connection) {
    this.manifest = manifest;
    this.#key = key;
    this.#collection = collection;
    this.#connection = connection;
  }

  async upsert({ records, signal }: Parameters<Namespace["upsert"]>[0]): Promise<void> {
    for (const some of parts(records)) await this.#write(some, signal);
  }

  async #write(records: readonly VectorRecord[], signal: AbortSignal | undefined): Promise<void> {
    const rows = toRows(records, this.manifest.embedder?.dimensions ?? 1);
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
  }

  async search({ scope, filter, vector, limit, signal }: VectorQuery): Promise<readonly ScoredRecord[]> {
    if (!this.manifest.embedder) return [];
    return this.#call(signal, async (collection) => {
      // Every condition costs time: that a record has a vector is asked only where one without has come up.
      const near = await nearest(collection, predicate(scope, filter), vector, limit);
      const vectorless = near.some(({ hasVector }) => !hasVector);
      const where = vectorless ? predicate(scope, filter, { has_vector: true }) : predicate(scope, filter);
      const hits = vectorless ? await nearest(collection, where, vector, limit) : near;
      if (hits.length >= limit) return hits.map(({ hit }) => hit);
      // The index gives up early where few of many records match: then there are few enough to be compared one by one.
      const given = { ...(where ? { where } : {}), limit: hits.length + 1 };
      const matching = await collection.get({ ...given, include: [] });
      if (matching.ids.length > hits.length) return compareAll(collection, where, vector, limit);
      return hits.map(({ hit }) => hit);
    });
  }

  async get({
    ids,
    scope,
    vectors,
    signal,
  }: Parameters<Namespace["get"]>[0]): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    for (const some of parts([...new Set(ids)])) {
      const where = predicate(scope, undefined, { id: { $in: some } } as Where);
      found.push(...(await this.#call(signal, (collection) => read(collection, where, vectors))));
    }
    return found;
  }

  async list({ scope, filter, limit, cursor, vectors, signal }: ListQuery): Promise<Page> {
    const [created, key]: [number, string] = cursor ? JSON.parse(cursor) : [latest, ""];
    const bound = 4 * limit + 50;
    return this.#call(signal, async (collection) => {
      const found: Listed[] = [];
      // The moment of the cursor itself first: what was written at once is ordered by its key.
      let top = created + (cursor ? Number.EPSILON * Math.abs(created) + Number.MIN_VALUE : 0);
      let span = cursor ? firstSpan : Math.max(firstSpan, latest - Date.now());
      while (found.length <= limit && top > earliest) {
        const bottom = Math.max(top - span, earliest);
        const times = both([range("created_at", "lt", top), range("created_at", "gte", bottom)]);
        const splittable = span > 1;
        const where = predicate(scope, filter, times);
        const part = await readListed(collection, where, vectors, splittable ? bound + 1 : undefined);
        if (splittable && part.length > bound) {
          span = Math.max(1, span / spanFactor);
          continue;
        }
        found.push(
          ...part
            .filter(({ at, id }) => !cursor || at < created || (at === created && id > key))
            .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)),
        );
        top = bottom;
        if (part.length <= limit) span *= spanFactor;
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        records: page.map(({ record }) => record),
        ...(last && found.length > limit ? { cursor: JSON.stringify([last.at, last.id]) } : {}),
      };
    });
  }

  async delete({ scope, ids, filter, signal }: Parameters<Namespace["delete"]>[0]): Promise<number> {
    const wheres = ids
      ? parts(ids).map((some) => predicate(scope, undefined, { id: { $in: some } } as Where))
      : [predicate(scope, filter)];
    let total = 0;
    for (const where of wheres)
      total += await this.#call(signal, (collection) => deleteAll(collection, where));
    return total;
  }

  async count({ scope, filter, signal }: Query): Promise<number> {
    const where = predicate(scope, filter);
    return this.#call(signal, async (collection) =>
      where ? (await collection.get({ where, include: [] })).ids.length : collection.count(),
    );
  }

  #call<T>(signal: AbortSignal | undefined, run: (collection: Collection) => Promise<T>): Promise<T> {
    return this.#connection.call(this.#key, signal, ({ collection }) => run(collection(this.#collection)));
  }
}

/** A list in parts of a size that Chroma takes. */
function parts<T>(items: readonly T[]): T[][] {
  const starts = Array.from({ length: Math.ceil(items.length / partSize) }, (_, part) => part * partSize);
  return starts.map((start) => items.slice(start, start + partSize));
}

/** Deletes what matches, or everything, in requests of a bounded size. */
export async function deleteAll(collection: Collection, where: Where | undefined): Promise<number> {
  const doomed = where ?? { namespace: { $ne: "" } };
  let total = 0;
  for (;;) {
    const { deleted = 0 } = await collection.delete({ where: doomed, limit: deletedAtOnce });
    total += deleted;
    if (deleted < deletedAtOnce) return total;
  }
}

async function nearest(
  collection: Collection,
  where: Where | undefined,
  vector: Float32Array,
  limit: number,
): Promise<readonly { readonly hit: ScoredRecord; readonly hasVector: boolean }[]> {
  const found = await collection.query({
    queryEmbeddings: [[...vector]],
    nResults: limit,
    ...(where ? { where } : {}),
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
  where: Where | undefined,
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

interface Listed {
  readonly id: string;
  readonly at: number;
  readonly record: StoredRecord;
}

async function readListed(
  collection: Collection,
  where: Where | undefined,
  vectors: boolean | undefined,
  limit: number | undefined,
): Promise<Listed[]> {
  const found = await collection.get({
    ...(where ? { where } : {}),
    ...(limit === undefined ? {} : { limit }),
    include: vectors ? ["metadatas", "embeddings"] : ["metadatas"],
  });
  return found.ids.flatMap((id, index): Listed[] => {
    const metadata: Metadata | null | undefined = found.metadatas[index];
    if (!metadata) return [];
    const record = toRecord(metadata, found.embeddings[index]);
    return [{ id, at: record.fields.$createdAt, record }];
  });
}

async function read(
  collection: Collection,
  where: Where | undefined,
  vectors: boolean | undefined,
): Promise<readonly StoredRecord[]> {
  return (await readListed(collection, where, vectors, undefined)).map(({ record }) => record);
}
