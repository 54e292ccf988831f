import type { estypes } from "@elastic/elasticsearch";
import {
  type Fields,
  filterTokens,
  type NamespaceKey,
  recordKey,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core";

/** A record as a document. */
export interface Document {
  readonly key: string;
  readonly id: string;
  readonly namespace: string;
  readonly user: string;
  readonly agent: string;
  readonly run: string;
  readonly created_at: number;
  readonly valid_from: number;
  readonly valid_to: number;
  readonly expires_at: number;
  readonly tokens: readonly string[];
  readonly numbers: readonly { readonly token: string; readonly value: number }[];
  /** JSON: fields have any names, and an index has a limited number of them. */
  readonly fields: string;
  readonly payload: string;
  readonly own: string;
  readonly before: string;
  readonly after: string;
  readonly vector?: readonly number[];
}

const plain = [
  "id",
  "namespace",
  "user",
  "agent",
  "run",
  "created_at",
  "valid_from",
  "valid_to",
  "expires_at",
];

/** What has to come back with a hit for `toRecord`. Vectors are left out of what comes back unless they are asked for. */
export function source(vectors = false): estypes.SearchSourceConfig {
  const includes = [...plain, "fields", "payload"];
  return vectors ? { includes: [...includes, "vector"], exclude_vectors: false } : { includes };
}

export function toDocument(record: VectorRecord): Document {
  const { id, namespace, placement, payload, keywords, vector } = record;
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...own } = record.fields;
  const { tokens, numbers } = filterTokens(record.fields);
  return {
    key: recordKey(id, placement),
    id,
    namespace,
    ...placement,
    created_at: $createdAt,
    valid_from: $validFrom,
    valid_to: $validTo,
    expires_at: $expiresAt,
    tokens,
    numbers: numbers.map(([token, value]) => ({ token, value })),
    fields: JSON.stringify(own),
    payload,
    own: keywords.own.join(" "),
    before: keywords.before.join(" "),
    after: keywords.after.join(" "),
    ...(vector ? { vector: [...vector] } : {}),
  };
}

export function toRecord(document: Document): StoredRecord {
  const { id, namespace, user, agent, run, payload, vector } = document;
  const fields: Fields = {
    ...(JSON.parse(document.fields) as Fields),
    $createdAt: document.created_at,
    $validFrom: document.valid_from,
    $validTo: document.valid_to,
    $expiresAt: document.expires_at,
  };
  return {
    id,
    namespace: namespace as NamespaceKey,
    placement: { user, agent, run },
    fields,
    payload,
    ...(vector ? { vector: Float32Array.from(vector) } : {}),
  };
}
