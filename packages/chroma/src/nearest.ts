import type { Collection, Metadata, Where } from "chromadb";
import { dialect, only } from "./dialect.ts";

/** A row that a search found, with its cosine. */
export interface Hit {
  readonly metadata: Metadata;
  readonly score: number;
}

/** The rows nearest to a vector, best first: as many as match, up to a limit. */
export async function nearest(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly Hit[]> {
  let asked = where;
  let hits = await searchIndex(collection, asked, vector, limit);
  // Every condition costs time: that a record has a vector is asked only where one without has come up.
  if (hits.some(({ metadata }) => !metadata.has_vector)) {
    asked = dialect.and([where, { has_vector: true }]);
    hits = await searchIndex(collection, asked, vector, limit);
  }
  if (hits.length >= limit) return hits;
  // The index gives up early where few of many records match: then there are few enough to be compared one by one.
  const { ids } = await collection.get({ ...only(asked), limit: hits.length + 1, include: [] });
  return ids.length > hits.length ? compareAll(collection, asked, vector, limit) : hits;
}

async function searchIndex(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly Hit[]> {
  const { metadatas, distances } = await collection.query({
    ...only(where),
    queryEmbeddings: [[...vector]],
    nResults: limit,
    include: ["metadatas", "distances"],
  });
  return (metadatas[0] ?? []).flatMap((metadata, index) =>
    metadata ? [{ metadata, score: 1 - Number(distances[0]?.[index]) }] : [],
  );
}

async function compareAll(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly Hit[]> {
  const { metadatas, embeddings } = await collection.get({
    ...only(where),
    include: ["metadatas", "embeddings"],
  });
  const hits = metadatas.flatMap((metadata, index) => {
    const own = embeddings[index];
    if (!metadata?.has_vector || !own) return [];
    return [{ metadata, score: own.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0) }];
  });
  return hits.sort((a, b) => b.score - a.score).slice(0, limit);
}
