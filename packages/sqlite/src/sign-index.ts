import type { DriverVectorQuery, ScoredRecord } from "@loci/core/store";
import type { Connection } from "./connection.ts";
import type { DatabaseFile } from "./database-file.ts";
import { dialect, type Predicate } from "./dialect.ts";
import { type Hit, toHit, withRecords } from "./record-rows.ts";
import { signBits, toVector, vectorBytes } from "./vector-bytes.ts";

/** The records nearest to a vector: by sign bits first where that keeps the recall, else every vector is compared. */
export async function searchVectors(
  file: DatabaseFile,
  query: DriverVectorQuery<Predicate>,
): Promise<readonly ScoredRecord[]> {
  const found = await file.read(query.signal, (connection) => {
    const { rows, candidates: known } = candidatesOf(file, connection);
    const candidates = worthwhile(known, rows, query);
    if (candidates === undefined) return { rows, isMeasured: false };
    if (candidates === null && rows > rowsInSlice(query)) return { rows, isMeasured: true };
    return withRecords(connection, nearest(connection, query, candidates));
  });
  if (!("rows" in found)) return found;
  const measured = found.isMeasured ? null : await measureCandidates(file, found.rows, query.signal);
  const candidates = worthwhile(measured, found.rows, query) ?? null;
  const hits = candidates === null ? await nearestInSlices(file, query, found.rows, query.signal) : undefined;
  return file.read(query.signal, (connection) =>
    withRecords(connection, hits ?? nearest(connection, query, candidates)),
  );
}

/** Null where candidates would be half of the rows or more: to compare all costs as much, and misses none. */
function worthwhile(
  candidates: number | null | undefined,
  rows: number,
  { limit }: Nearest,
): number | null | undefined {
  return candidates && 2 * Math.max(candidates, 4 * limit) >= rows ? null : candidates;
}

function nearest(connection: Connection, query: Nearest, candidates: number | null): Hit[] {
  return candidates === null
    ? nearestExact(connection, query)
    : nearestBySigns(connection, query, Math.max(candidates, 4 * query.limit));
}

/** How many candidates keep the recall in this namespace; null where every vector is compared, undefined where it is not known. */
function candidatesOf(
  file: DatabaseFile,
  connection: Connection,
): { readonly rows: number; readonly candidates: number | null | undefined } {
  const rows = Number(connection.get("select max(row) as rows from signs")?.rows ?? 0);
  if (rows <= exactRows) return { rows, candidates: null };
  const known = connection.get("select rows, candidates from calibration") as Calibration | undefined;
  // It is measured again once the namespace has outgrown what was measured.
  const fits = (measured: Calibration | undefined) => measured && rows <= 2 * measured.rows;
  return { rows, candidates: [known, calibrations.get(file)].find(fits)?.candidates };
}

async function measureCandidates(
  file: DatabaseFile,
  rows: number,
  signal: AbortSignal,
): Promise<number | null> {
  const candidates = await calibrate(file, rows, signal);
  // Where it cannot be stored, since the file may only be read or another process writes, this process knows it.
  calibrations.set(file, { rows, candidates });
  const sql = "insert or replace into calibration (only, rows, candidates) values (1, ?, ?)";
  await file.writeIfFree(signal, (connection) => connection.run(sql, rows, candidates));
  return candidates;
}

/** How many candidates keep the recall, measured at so many rows. */
interface Calibration {
  readonly rows: number;
  readonly candidates: number | null;
}

const calibrations = new WeakMap<DatabaseFile, Calibration>();

/** Up to so many rows every vector is compared. */
const exactRows = 1000;
/** How many rows by sign bits are compared in full, the least that keeps the recall. */
const candidateCounts = [200, 400, 800];
const sampleQueries = 8;
const sampleNeighbours = 10;
const wantedRecall = 0.99;

/**
 * Measures on this namespace's own vectors how many candidates by sign bits keep the recall of ten neighbours at
 * 0.99. Models differ: where signs say little, as with vectors that have no negative numbers, every vector is
 * compared. Queries lie between two stored vectors, since a stored one would find itself too easily.
 */
async function calibrate(file: DatabaseFile, rows: number, signal: AbortSignal): Promise<number | null> {
  const found = candidateCounts.map(() => 0);
  let wanted = 0;
  for (let query = 0; query < sampleQueries; query++) {
    // One statement in each transaction: others have their turn between two.
    const vector = await file.read(signal, (connection) =>
      between(vectorNear(connection, rows, query, 0), vectorNear(connection, rows, query, 1)),
    );
    const sample = { where: dialect.everything, vector, limit: sampleNeighbours };
    const exact = await nearestInSlices(file, sample, rows, signal);
    wanted += exact.length;
    for (const [index, candidates] of candidateCounts.entries()) {
      const hits = await file.read(signal, (connection) => nearestBySigns(connection, sample, candidates));
      const approximate = new Set(hits.map(({ row }) => row));
      found[index] = (found[index] ?? 0) + exact.filter(({ row }) => approximate.has(row)).length;
    }
  }
  return candidateCounts.find((_, index) => (found[index] ?? 0) >= wantedRecall * wanted) ?? null;
}

/** A stored vector, spread evenly over the rows. */
function vectorNear(connection: Connection, rows: number, query: number, half: number): Float32Array {
  const start = Math.floor((rows * (2 * query + half)) / (2 * sampleQueries));
  const row = connection.get("select vector from vectors where row >= ? order by row limit 1", start);
  return toVector(row?.vector);
}

function between(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => value + (b[index] ?? 0));
}

/** The nearest rows of those that the predicate lets through, or of a part of them. Every vector is compared. */
function nearestExact(
  connection: Connection,
  { where, vector, limit }: Nearest,
  part?: { readonly after: number; readonly last: number },
): Hit[] {
  return connection
    .values(
      `select r.row, 1 - vec_distance_cosine(v.vector, ?) as score
       from ${tablesFor(where)} join vectors v on v.row = r.row
       where ${part ? "r.row > ? and r.row <= ? and " : ""}${where.sql} order by score desc, r.row limit ?`,
      vectorBytes(vector),
      ...(part ? [part.after, part.last] : []),
      ...where.parameters,
      limit,
    )
    .map(toHit);
}

/**
 * The same, in slices that hold the event loop for a moment only. What is written meanwhile keeps its row, or gets a new one at the
 * end, so that no row is left out.
 * @param rows the number of the last row
 */
async function nearestInSlices(
  file: DatabaseFile,
  query: Nearest,
  rows: number,
  signal: AbortSignal,
): Promise<readonly Hit[]> {
  const size = rowsInSlice(query);
  const found: Hit[] = [];
  for (let after = 0; after <= rows; after += size) {
    const last = after + size > rows ? Number.MAX_SAFE_INTEGER : after + size;
    found.push(
      ...(await file.read(signal, (connection) => nearestExact(connection, query, { after, last }))),
    );
  }
  // Of equal ones, those of an earlier slice stay first.
  return found.sort((a, b) => b.score - a.score).slice(0, query.limit);
}

/** How many vectors are compared in one slice: about two million numbers, which takes some ten milliseconds. */
function rowsInSlice({ vector }: Nearest): number {
  return Math.ceil(2_000_000 / vector.length);
}

/**
 * The nearest rows by two steps: the rows whose sign bits differ least from the query's, compared in full.
 * (Charikar, "Similarity estimation techniques from rounding algorithms", 2002.)
 */
function nearestBySigns(
  connection: Connection,
  { where, vector, limit }: Nearest,
  candidates: number,
): Hit[] {
  return connection
    .values(
      `with candidates as materialized (
       select r.row from ${tablesFor(where)} where ${where.sql}
       order by vec_distance_hamming(vec_bit(bits), vec_bit(?)) limit ?
     )
     select c.row, 1 - vec_distance_cosine(v.vector, ?) as score
     from candidates c join vectors v on v.row = c.row order by score desc, c.row limit ?`,
      ...where.parameters,
      signBits(vector),
      candidates,
      vectorBytes(vector),
      limit,
    )
    .map(toHit);
}

type Nearest = Pick<DriverVectorQuery<Predicate>, "where" | "vector" | "limit">;

/** The narrow table alone, where that has all columns that the predicate needs. */
function tablesFor({ narrow }: Predicate): string {
  return narrow ? "signs r" : "signs s join records r on r.row = s.row";
}
