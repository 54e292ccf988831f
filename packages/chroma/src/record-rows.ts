import {
  filterTokens,
  fromColumns,
  recordKey,
  type StoredRecord,
  toColumns,
  type VectorRecord,
} from "@loci/core/store";
import type { Metadata } from "chromadb";
import { isNumberKey, numberKey, tokenKey } from "./predicate.ts";

/** A record as Chroma takes it: an id, a vector, and metadata without lists. */
export interface Row {
  readonly id: string;
  readonly embedding: number[];
  readonly metadata: Metadata;
}

/** Every record has a vector in Chroma; those that have none get this one, and are left out of searches. */
function placeholder(dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => (index === 0 ? 1 : 0));
}

/** Records as rows. Of two that are one record, the last counts. */
export function toRows(records: readonly VectorRecord[], dimensions: number): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const record of records) {
    const { id, scopeKey, vector } = record;
    const { tokens, numbers } = filterTokens(record.fields);
    const key = recordKey(id, scopeKey);
    rows.set(key, {
      id: key,
      embedding: vector ? [...vector] : placeholder(dimensions),
      metadata: {
        ...toColumns(record),
        has_vector: vector !== undefined,
        ...Object.fromEntries(tokens.map((token) => [tokenKey(token), true])),
        ...Object.fromEntries(
          numbers.flatMap(([token, value]) => [
            [numberKey(token), value],
            [isNumberKey(token), true],
          ]),
        ),
      },
    });
  }
  return [...rows.values()];
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

export function toRecord(metadata: Metadata, embedding?: readonly number[] | null): StoredRecord {
  return fromColumns(
    metadata as unknown as Parameters<typeof fromColumns>[0],
    metadata.has_vector ? embedding : null,
  );
}
