import type { estypes } from "@elastic/elasticsearch";
import {
  columnNames,
  fromColumns,
  type StoredRecord,
  type TokenRow,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import { formatVersion } from "./document-version.ts";

/** A record as a document. */
export interface Document extends Omit<TokenRow, "numbers"> {
  readonly numbers: readonly { readonly token: string; readonly value: number }[];
  /** Orders what was created at one moment. */
  readonly place: number;
  readonly own: string;
  readonly before: string;
  readonly after: string;
  readonly vector?: readonly number[];
}

/** What has to come back with a hit for `toRecord`. Vectors are left out of what comes back unless they are asked for. */
export function source(vectors = false): estypes.SearchSourceConfig {
  return vectors
    ? { includes: [...columnNames, "place", "vector"], exclude_vectors: false }
    : { includes: [...columnNames, "place"] };
}

export function toDocument(record: VectorRecord, place: number): Document {
  const { keywords, vector } = record;
  const { numbers, ...row } = toTokenRow(record);
  return {
    ...row,
    place,
    numbers: numbers.map(([token, value]) => ({ token, value })),
    own: keywords.own.join(" "),
    before: keywords.before.join(" "),
    after: keywords.after.join(" "),
    ...(vector ? { vector: [...vector] } : {}),
  };
}

export function toRecord({ _source, _seq_no, _primary_term }: estypes.SearchHit<Document>): StoredRecord {
  const document = _source as Document;
  return fromColumns(
    { ...document, version: formatVersion(_seq_no, _primary_term, document.place) },
    document.vector,
  );
}
