import {
  fromColumns,
  type ListedRecord,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import type { Collection, Metadata, Where } from "chromadb";
import { isNumberKey, numberKey, tokenKey } from "./dialect.ts";
import { formatVersion, parseVersion, type RowVersion, rowIdOf } from "./row-version.ts";

/** A record as Chroma takes it: an id, a vector, and metadata without lists. */
export interface Row {
  readonly id: string;
  readonly embedding: number[];
  readonly metadata: Metadata;
}

/** Makes the row of a version. Each has a vector in Chroma: a record without one gets a placeholder, and is left out of searches. */
export function toRow(record: VectorRecord, key: string, version: RowVersion, dimensions: number): Row {
  const { vector } = record;
  const { key: _, tokens, numbers, ...columns } = toTokenRow(record);
  const { written } = version;
  const own = { key, version: formatVersion(version), written, has_vector: vector !== undefined };
  const metadata: Metadata = { ...columns, ...own };
  for (const token of tokens) metadata[tokenKey(token)] = true;
  for (const [token, value] of numbers) {
    metadata[numberKey(token)] = value;
    metadata[isNumberKey(token)] = true;
  }
  const placeholder = () => Array.from({ length: dimensions }, (_, at) => (at === 0 ? 1 : 0));
  return { id: rowIdOf(key, version), embedding: vector ? [...vector] : placeholder(), metadata };
}

let lastWritten = 0;

/** Numbers what is written, in microseconds: upwards in this process, and after what other processes have written before. */
export function nextWritten(): number {
  lastWritten = Math.max(lastWritten + 1, Date.now() * 1000);
  return lastWritten;
}

/** A record with its place in listings. */
export interface Listed extends ListedRecord {
  readonly createdAt: number;
  /** The number of its writing, and its id. The number has 16 digits until the year 2286, so that texts are in its order. */
  readonly tie: string;
}

/** Reads records in any order. With ids and a condition at once Chroma is slow, 3 ms for each id: it takes one of them. */
export async function readRecords(
  collection: Collection,
  which: { readonly where?: Where; readonly limit?: number } | { readonly ids: string[] },
  vectors: boolean,
): Promise<Listed[]> {
  const include = vectors ? ["metadatas" as const, "embeddings" as const] : ["metadatas" as const];
  const { ids, metadatas, embeddings } = await collection.get({ ...which, include });
  const rows = ids.flatMap((_, index) => {
    const metadata = metadatas[index];
    return metadata ? [{ metadata, embedding: embeddings[index] }] : [];
  });
  const newest = newestVersions(rows);
  // A row that is passed over has taken another's place.
  const passed = rows.length - newest.length;
  if (passed > 0 && "limit" in which && which.limit === ids.length)
    return readRecords(collection, { ...which, limit: which.limit + passed }, vectors);
  return newest.map(({ metadata, embedding }) => {
    const record = toRecord(metadata, embedding);
    return { record, createdAt: record.fields.$createdAt, tie: `${metadata.written} ${metadata.key}` };
  });
}

/**
 * The newest row of each record. While a record is being replaced, and after a process that replaced it has died, there are two.
 * Rows of deletions are nobody's.
 */
export function newestVersions<R extends { readonly metadata: Metadata }>(rows: readonly R[]): readonly R[] {
  const newest = new Map<unknown, R>();
  for (const row of rows) {
    const { key, version, deletion } = row.metadata;
    const known = newest.get(key)?.metadata.version;
    if (deletion === true) continue;
    if (known === undefined || parseVersion(known).order < parseVersion(version).order) newest.set(key, row);
  }
  return rows.filter((row) => newest.get(row.metadata.key) === row);
}

/** The record of a row's metadata, with its vector where that is given and is no placeholder. */
export function toRecord(metadata: Metadata, embedding?: readonly number[] | null): StoredRecord {
  const columns = metadata as unknown as Parameters<typeof fromColumns>[0];
  return fromColumns(columns, metadata.has_vector ? embedding : null);
}
