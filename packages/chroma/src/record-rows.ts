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
 * Chroma merges the metadata of a record that is replaced into what was there. So what the record had before and has no longer
 * is denied by name: tokens and numbers are false and 0.
 */
export function denying(row: Row, before: Metadata | null | undefined): Row {
  const metadata: Metadata = {};
  for (const [name, value] of Object.entries(before ?? {})) {
    if (typeof value === "boolean") metadata[name] = false;
    else if (typeof value === "number") metadata[name] = 0;
  }
  return { ...row, metadata: { ...metadata, ...row.metadata } };
}

/** The record of a row's metadata, with its vector where that is given and is no placeholder. */
export function toRecord(metadata: Metadata, embedding?: readonly number[] | null): StoredRecord {
  return fromColumns(metadata as unknown as RecordColumns, metadata.has_vector ? embedding : null);
}
