import type { Connection, Row } from "./connection.ts";
import type { Predicate } from "./predicate.ts";

/** Up to so many rows every vector is compared. */
const exactRows = 1000;
/** How many rows by sign bits are compared in full, the least that keeps the recall. */
const candidateCounts = [200, 400, 800];
const sampleQueries = 8;
const sampleNeighbours = 10;
const wantedRecall = 0.99;

/** The sign of each dimension as one bit, the form in which a vector search scans all rows. */
export function signBits(vector: Float32Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(vector.length / 8));
  for (const [index, value] of vector.entries()) {
    if (value > 0) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}

export function vectorBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The nearest rows of those that the predicate lets through, compared one and all. */
export function nearestExact(
  connection: Connection,
  from: string,
  where: Predicate,
  vector: Float32Array,
  limit: number,
): Row[] {
  return connection.all(
    `select s.row, 1 - vec_distance_cosine(v.vector, ?) as score
     from ${from} join vectors v on v.row = s.row
     where ${where.sql} order by score desc, s.row limit ?`,
    vectorBytes(vector),
    ...where.parameters,
    limit,
  );
}

/**
 * The nearest rows by two steps: the rows whose sign bits differ least from the query's, compared in full.
 * (Charikar, "Similarity estimation techniques from rounding algorithms", 2002.)
 */
export function nearestBySigns(
  connection: Connection,
  from: string,
  where: Predicate,
  vector: Float32Array,
  limit: number,
  candidates: number,
): Row[] {
  return connection.all(
    `with candidates as materialized (
       select s.row from ${from} where ${where.sql}
       order by vec_distance_hamming(vec_bit(s.bits), vec_bit(?)) limit ?
     )
     select c.row, 1 - vec_distance_cosine(v.vector, ?) as score
     from candidates c join vectors v on v.row = c.row order by score desc, c.row limit ?`,
    ...where.parameters,
    signBits(vector),
    candidates,
    vectorBytes(vector),
    limit,
  );
}

/** How many rows the scan would see, at the most. */
export function countRows(connection: Connection): number {
  return Number(connection.get("select max(row) as rows from signs")?.rows ?? 0);
}

/** What was measured for a number of rows; `candidates` is null where sign bits do not find enough. */
export interface Calibration {
  readonly rows: number;
  readonly candidates: number | null;
}

/** Whether a namespace of so many rows is searched exactly without asking. */
export function isSmall(rows: number): boolean {
  return rows <= exactRows;
}

export function readCalibration(connection: Connection): Calibration | undefined {
  const row = connection.get("select rows, candidates from calibration");
  return (
    row && {
      rows: Number(row.rows),
      candidates: row.candidates === null ? null : Number(row.candidates),
    }
  );
}

/** Whether the namespace has outgrown what was measured. */
export function isStale(calibration: Calibration | undefined, rows: number): boolean {
  return !calibration || rows > 2 * calibration.rows;
}

/**
 * Measures on this namespace's own vectors how many candidates by sign bits keep the recall of ten neighbours at
 * 0.99. Models differ: where signs say little, as with vectors that have no negative numbers, every vector is
 * compared. Queries lie between two stored vectors, since a stored one would find itself too easily.
 */
export function calibrate(connection: Connection, rows: number): Calibration {
  const everything: Predicate = { sql: "true", parameters: [] };
  const found = candidateCounts.map(() => 0);
  let wanted = 0;
  for (let query = 0; query < sampleQueries; query++) {
    const vector = between(vectorNear(connection, rows, query, 0), vectorNear(connection, rows, query, 1));
    const exact = nearestExact(connection, "signs s", everything, vector, sampleNeighbours).map(
      (row) => row.row,
    );
    wanted += exact.length;
    for (const [index, candidates] of candidateCounts.entries()) {
      const approximate = new Set(
        nearestBySigns(connection, "signs s", everything, vector, sampleNeighbours, candidates).map(
          (row) => row.row,
        ),
      );
      found[index] = (found[index] ?? 0) + exact.filter((row) => approximate.has(row)).length;
    }
  }
  const enough = candidateCounts.find((_, index) => (found[index] ?? 0) >= wantedRecall * wanted);
  return { rows, candidates: enough ?? null };
}

/** A stored vector, spread evenly over the rows. */
function vectorNear(connection: Connection, rows: number, query: number, half: number): Float32Array {
  const start = Math.floor((rows * (2 * query + half)) / (2 * sampleQueries));
  const row = connection.get("select vector from vectors where row >= ? order by row limit 1", start);
  return toVector(row?.vector);
}

export function toVector(blob: unknown): Float32Array {
  const bytes = blob as Uint8Array;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function between(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => value + (b[index] ?? 0));
}
