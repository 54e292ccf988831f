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
import { denseVector, wordVector } from "./schema.ts";

/** What comes back of a point. */
export interface Point {
  readonly id: unknown;
  readonly payload?: Record<string, unknown> | null;
  readonly vector?: unknown;
}

/** The id of a point follows from a record's id and its placement: nobody's point can be taken over. */
export function toPoint(record: VectorRecord): Written {
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
      version: nextVersion(record),
      tie: tieOf(key),
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

/** How many of its former versions a point names. */
const formerVersions = 4;

/**
 * A version that no point had, and after it the last ones that this point had, where the writer knows them: who reads back what has
 * become of a write sees there that it was done, although others have followed.
 */
function nextVersion({ expected }: VectorRecord): string {
  const former = typeof expected === "object" ? expected.version.split(" ").slice(0, formerVersions) : [];
  return [crypto.randomUUID(), ...former].join(" ");
}

/** Whether a point was written with a version, and not before that. */
export function hasHad(payload: Point["payload"], version: string): boolean {
  const [own = ""] = version.split(" ");
  return String(payload?.version).split(" ").includes(own);
}

/** Orders what was created at one moment: 52 bits of the point's id, as a number that every double can hold. */
export function tieOf(key: unknown): number {
  return Number.parseInt(String(key).replaceAll("-", "").slice(-13), 16);
}

/** The parts of a payload that make a record. */
export const wantedPayload: readonly string[] = [...columnNames, "version"];

export function toRecord({ payload, vector }: Point): StoredRecord {
  const dense = (vector as Record<string, readonly number[] | undefined> | null | undefined)?.[denseVector];
  return fromColumns(payload as unknown as Parameters<typeof fromColumns>[0], dense);
}
