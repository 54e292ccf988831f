import {
  fromColumns,
  type ListedRecord,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import type { Collection, Metadata, Where } from "chromadb";
import { isNumberKey, numberKey, tokenKey } from "./dialect.ts";

/** A record as Chroma takes it: an id, a vector, and metadata without lists. */
export interface Row {
  readonly id: string;
  readonly embedding: number[];
  readonly metadata: Metadata;
  readonly expected: VectorRecord["expected"];
}

/** Makes the row of a record. Each has a vector in Chroma: a record without one gets a placeholder, and is left out of searches. */
export function toRow(record: VectorRecord, dimensions: number): Row {
  const { vector } = record;
  const { key, tokens, numbers, ...columns } = toTokenRow(record);
  const version = crypto.randomUUID();
  const metadata: Metadata = { ...columns, version, has_vector: vector !== undefined };
  for (const token of tokens) metadata[tokenKey(token)] = true;
  for (const [token, value] of numbers) {
    metadata[numberKey(token)] = value;
    metadata[isNumberKey(token)] = true;
  }
  const placeholder = () => Array.from({ length: dimensions }, (_, at) => (at === 0 ? 1 : 0));
  return { id: key, embedding: vector ? [...vector] : placeholder(), metadata, expected: record.expected };
}

/**
 * Metadata as it is written over what was there, or over nothing. Chroma merges both. So what a record had before and has no
 * longer is denied by name: tokens and numbers are false and 0. It keeps its place among the records of the same moment.
 */
export function replacing(metadata: Metadata, before: Metadata | null | undefined): Metadata {
  const denied: Metadata = {};
  for (const [name, value] of Object.entries(before ?? {})) {
    if (typeof value === "boolean") denied[name] = false;
    else if (typeof value === "number") denied[name] = 0;
  }
  return { ...denied, ...metadata, written: before?.written ?? nextWritten() };
}

let lastWritten = 0;

/** Numbers what is written, in microseconds: upwards in this process, and after what other processes have written before. */
function nextWritten(): number {
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
  return ids.flatMap((id, index) => {
    const metadata = metadatas[index];
    if (!metadata) return [];
    const record = toRecord(metadata, embeddings[index]);
    return [{ record, createdAt: record.fields.$createdAt, tie: `${metadata.written} ${id}` }];
  });
}

/** The record of a row's metadata, with its vector where that is given and is no placeholder. */
export function toRecord(metadata: Metadata, embedding?: readonly number[] | null): StoredRecord {
  return fromColumns(
    metadata as unknown as Parameters<typeof fromColumns>[0],
    metadata.has_vector ? embedding : null,
  );
}
