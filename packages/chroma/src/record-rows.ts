import {
  fromColumns,
  type RecordColumns,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import type { Metadata } from "chromadb";
import { isNumberKey, numberKey, tokenKey } from "./dialect.ts";

/** A record as Chroma takes it: an id, a vector, and metadata without lists. */
export interface Row {
  readonly id: string;
  readonly embedding: number[];
  readonly metadata: Metadata;
}

/** Makes the row of a record. Each has a vector in Chroma: a record without one gets a placeholder, and is left out of searches. */
export function toRow(record: VectorRecord, dimensions: number): Row {
  const { vector } = record;
  const { key, tokens, numbers, ...columns } = toTokenRow(record);
  const placeholder = () => Array.from({ length: dimensions }, (_, index) => (index === 0 ? 1 : 0));
  return {
    id: key,
    embedding: vector ? [...vector] : placeholder(),
    metadata: {
      ...columns,
      has_vector: vector !== undefined,
      ...Object.fromEntries(tokens.map((token) => [tokenKey(token), true])),
      ...Object.fromEntries(
        numbers.flatMap(([token, value]) => [
          [numberKey(token), value],
          [isNumberKey(token), true],
        ]),
      ),
    },
  };
}

/**
 * A row as it is written over what was there, or over nothing. Chroma merges the metadata of a record that is replaced into what
 * was there. So what the record had before and has no longer is denied by name: tokens and numbers are false and 0.
 */
export function replacing(row: Row, before: Metadata | null | undefined): Row {
  const metadata: Metadata = {};
  for (const [name, value] of Object.entries(before ?? {})) {
    if (typeof value === "boolean") metadata[name] = false;
    else if (typeof value === "number") metadata[name] = 0;
  }
  // A record that is replaced keeps its place among those of the same moment.
  return { ...row, metadata: { ...metadata, ...row.metadata, written: before?.written ?? nextWritten() } };
}

let lastWritten = 0;

/** Numbers what is written: microseconds, so that it goes on from what other processes have written, but no two are the same. */
function nextWritten(): number {
  lastWritten = Math.max(lastWritten + 1, Date.now() * 1000);
  return lastWritten;
}

/** Orders what was created at one moment. Its number has 16 digits until the year 2286, so that texts are in its order. */
export function tieOf(id: string, { written }: Metadata): string {
  return `${written} ${id}`;
}

/** The record of a row's metadata, with its vector where that is given and is no placeholder. */
export function toRecord(metadata: Metadata, embedding?: readonly number[] | null): StoredRecord {
  return fromColumns(metadata as unknown as RecordColumns, metadata.has_vector ? embedding : null);
}
