import {
  documentTermVector,
  type Fields,
  filterTokens,
  type NamespaceKey,
  recordKey,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core";
import type { Schemas } from "@qdrant/js-client-rest";
import { idToken, placementTokens } from "./predicate.ts";
import { denseVector, wordVector } from "./schema.ts";

/** What comes back of a point. */
export interface Point {
  readonly id: unknown;
  readonly payload?: Record<string, unknown> | null;
  readonly vector?: unknown;
}

/** The parts of a point that `toRecord` reads. */
export const payloadKeys: readonly string[] = [
  "id",
  "namespace",
  "user",
  "agent",
  "run",
  "created_at",
  "valid_from",
  "valid_to",
  "expires_at",
  "fields",
  "payload",
];

/** The id of a point follows from a record's id and its placement: nobody's point can be taken over. */
export function toPoint(record: VectorRecord): Schemas["PointStruct"] {
  const { id, namespace, placement, payload, keywords, vector } = record;
  const { $createdAt, $validFrom, $validTo, $expiresAt, ...own } = record.fields;
  const { tokens, numbers } = filterTokens(record.fields);
  const words = documentTermVector(keywords);
  const key = recordKey(id, placement);
  return {
    id: key,
    vector: {
      ...(vector ? { [denseVector]: [...vector] } : {}),
      ...(words.indices.length > 0
        ? { [wordVector]: { indices: [...words.indices], values: [...words.values] } }
        : {}),
    },
    payload: {
      id,
      namespace,
      ...placement,
      created_at: $createdAt,
      valid_from: $validFrom,
      valid_to: $validTo,
      expires_at: $expiresAt,
      // JSON, since a payload would read dots in names as paths.
      fields: JSON.stringify(own),
      payload,
      tie: tieOf(key),
      tokens: [...placementTokens(placement), idToken(id), ...tokens],
      numbers: Object.fromEntries(numbers),
    },
  };
}

/** Orders what was created at one moment: 52 bits of the point's id, as a number that every double can hold. */
export function tieOf(key: string): number {
  return Number.parseInt(key.replaceAll("-", "").slice(-13), 16);
}

export function toRecord({ payload, vector }: Point): StoredRecord {
  const content = payload ?? {};
  const text = (name: string) => String(content[name]);
  const fields: Fields = {
    ...(JSON.parse(text("fields")) as Fields),
    $createdAt: Number(content.created_at),
    $validFrom: Number(content.valid_from),
    $validTo: Number(content.valid_to),
    $expiresAt: Number(content.expires_at),
  };
  const dense = (vector as Record<string, readonly number[] | undefined> | null | undefined)?.[denseVector];
  return {
    id: text("id"),
    namespace: text("namespace") as NamespaceKey,
    placement: { user: text("user"), agent: text("agent"), run: text("run") },
    fields,
    payload: text("payload"),
    ...(dense ? { vector: Float32Array.from(dense) } : {}),
  };
}
