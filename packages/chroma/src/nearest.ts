import type { ScoredRecord } from "@loci/core/store";
import type { Collection, Metadata, Where } from "chromadb";
import { dialect, only } from "./dialect.ts";
import { newestVersions, readRecords, toRecord } from "./record-rows.ts";

/** The records nearest to a vector, best first: as many as match, up to a limit. */
export async function nearest(
  collection: Collection,
  where: Where,
  vector: Float32Array,
  limit: number,
): Promise<readonly ScoredRecord[]> {
  const search = async (asked: Where, nResults = limit): Promise<readonly Scored[]> => {
    const include = ["metadatas" as const, "distances" as const];
    const query = { queryEmbeddings: [[...vector]], nResults, include };
    const { metadatas, distances } = await collection.query({ ...only(asked), ...query });
    const rows = (metadatas[0] ?? []).flatMap((metadata, index) =>
      metadata ? [{ metadata, score: 1 - Number(distances[0]?.[index]) }] : [],
    );
    const newest = newestVersions(rows);
    // A row that is passed over has taken another's place.
    const passed = rows.length - newest.length;
    if (passed > 0 && rows.length === nResults) return search(asked, nResults + passed);
    return newest.slice(0, limit);
  };
  let asked = where;
  let rows = await search(asked);
  // Every condition costs time: that a record has a vector is asked only where one without has come up.
  if (rows.some(({ metadata }) => !metadata.has_vector)) {
    asked = dialect.and([where, { has_vector: true }]);
    rows = await search(asked);
  }
  const hits = rows.map(({ metadata, score }) => ({ record: toRecord(metadata), score }));
  if (hits.length >= limit) return hits;
  // The index gives up early where few of many records match: then there are few enough to be compared one by one.
  const { ids } = await collection.get({ ...only(asked), limit: hits.length + 1, include: [] });
  if (ids.length === hits.length) return hits;
  return (await readRecords(collection, only(asked), true))
    .flatMap(({ record: { vector: own, ...record } }) =>
      own ? [{ record, score: own.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0) }] : [],
    )
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

interface Scored {
  readonly metadata: Metadata;
  readonly score: number;
}
