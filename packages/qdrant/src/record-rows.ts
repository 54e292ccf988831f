import {
  columnNames,
  documentTermVector,
  fromColumns,
  type StoredRecord,
  toTokenRow,
  type VectorRecord,
} from "@loci/core/store";
import type { Schemas } from "@qdrant/js-client-rest";
import { columnToken } from "./dialect.ts";
import { placeOf } from "./point-version.ts";
import { denseVector, wordVector } from "./schema.ts";

/** What comes back of a point. */
export interface Point {
  readonly id: unknown;
  readonly payload?: Record<string, unknown> | null;
  readonly vector?: unknown;
}

/** The id of a point follows from a record's id and its placement: nobody's point can be taken over. */
export function toPoint(record: VectorRecord, version: string): Written {
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
      version,
      place: placeOf(version),
      tokens: [...compared, ...tokens],
      numbers: Object.fromEntries(numbers),
    },
  };
}

/** A point as it is written. */
export type Written = Schemas["PointStruct"] & {
  readonly id: string;
  readonly payload: { readonly version: string };
};

/** The parts of a payload that make a record. */
export const wantedPayload: readonly string[] = [...columnNames, "version", "made"];

export function toRecord({ payload, vector }: Point): StoredRecord {
  const dense = (vector as Record<string, readonly number[] | undefined> | null | undefined)?.[denseVector];
  return fromColumns(payload as unknown as Parameters<typeof fromColumns>[0], dense);
}
