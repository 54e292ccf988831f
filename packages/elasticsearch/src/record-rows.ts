import type { estypes } from "@elastic/elasticsearch";
import {
  columnNames,
  filterTokens,
  fromColumns,
  type RecordColumns,
  recordKey,
  type StoredRecord,
  toColumns,
  type VectorRecord,
} from "@loci/core/store";

/** A record as a document. */
export interface Document extends RecordColumns {
  readonly key: string;
  readonly tokens: readonly string[];
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
  const { id, scopeKey, keywords, vector } = record;
  const { tokens, numbers } = filterTokens(record.fields);
  return {
    ...toColumns(record),
    key: recordKey(id, scopeKey),
    tokens,
    numbers: numbers.map(([token, value]) => ({ token, value })),
    own: keywords.own.join(" "),
    before: keywords.before.join(" "),
    after: keywords.after.join(" "),
    ...(vector ? { vector: [...vector] } : {}),
  };
}

export function toRecord({ _source }: estypes.SearchHit<Document>): StoredRecord {
  const document = _source as Document;
  return fromColumns(document, document.vector);
}
