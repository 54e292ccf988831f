import {
  documentTermVector,
  fromColumns,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";
import { columnToken } from "./dialect.ts";
import { denseVector, wordVector } from "./schema.ts";

/** What comes back of a point. */
export interface Point {
  readonly id: unknown;
  readonly payload?: Record<string, unknown> | null;
  readonly vector?: unknown;
}

/** The id of a point follows from a record's id and its placement: nobody's point can be taken over. */
export function toPoint(record: VectorRecord): Schemas["PointStruct"] {
  const { vector } = record;
  const { key, tokens, numbers, ...columns } = toTokenRow(record);
  const { indices, values } = documentTermVector(record.keywords);
  const compared = (["user", "agent", "run", "id"] as const).map((name) => columnToken(name, columns[name]));
  return {
    id: key,
    vector: {
      ...(vector ? { [denseVector]: [...vector] } : {}),
      ...(indices.length > 0 ? { [wordVector]: { indices: [...indices], values: [...values] } } : {}),
    },
    payload: {
      ...columns,
      tie: tieOf(key),
      tokens: [...compared, ...tokens],
      numbers: Object.fromEntries(numbers),
    },
  };
}

/** Orders what was created at one moment: 52 bits of the point's id, as a number that every double can hold. */
export function tieOf(key: unknown): number {
  return Number.parseInt(String(key).replaceAll("-", "").slice(-13), 16);
}

export function toRecord({ payload, vector }: Point): StoredRecord {
  const dense = (vector as Record<string, readonly number[] | undefined> | null | undefined)?.[denseVector];
  return fromColumns(payload as unknown as Parameters<typeof fromColumns>[0], dense);
}
