import type { estypes } from "@elastic/elasticsearch";
import {
  columnNames,
  fromColumns,
  type StoredRecord,
  type TokenRow,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";

/** A record as a document. */
export interface Document extends Omit<TokenRow, "numbers"> {
  readonly numbers: readonly { readonly token: string; readonly value: number }[];
  readonly own: string;
  readonly before: string;
  readonly after: string;
  readonly vector?: readonly number[];
}

/** What has to come back with a hit for `toRecord`. Vectors are left out of what comes back unless they are asked for. */
export function source(vectors = false): estypes.SearchSourceConfig {
  return vectors
    ? { includes: [...columnNames, "vector"], exclude_vectors: false }
    : { includes: [...columnNames] };
}

export function toDocument(record: VectorRecord): Document {
  const { keywords, vector } = record;
  const { numbers, ...row } = toTokenRow(record);
  return {
    ...row,
    numbers: numbers.map(([token, value]) => ({ token, value })),
    own: keywords.own.join(" "),
    before: keywords.before.join(" "),
    after: keywords.after.join(" "),
    ...(vector ? { vector: [...vector] } : {}),
  };
}

export function toRecord({ _source, _seq_no, _primary_term }: estypes.SearchHit<Document>): StoredRecord {
  const document = _source as Document;
  return fromColumns({ ...document, version: `${_seq_no}:${_primary_term}` }, document.vector);
}

/** A version as a request names it: the number of the last operation on the document, which an index gives once. */
export function atVersion(version: string): { readonly if_seq_no: number; readonly if_primary_term: number } {
  const [seqNo, primaryTerm] = version.split(":").map(Number);
  return { if_seq_no: seqNo ?? -1, if_primary_term: primaryTerm ?? -1 };
}
