import {
  type Fields,
  inScope,
  type RecordContent,
  type StoredRecord,
  type VectorRecord,
} from "@loci/core/store";
import { nameOf } from "../fixtures.ts";
import { surfaceText } from "../oracles/canary.ts";
import { type Answer, matching, type ReadRequest } from "./read.ts";

/** What is wrong with an answer. */
export interface Problem {
  readonly says: string;
  /** Whether something of another's was seen, or felt in a number. */
  readonly foreign: boolean;
}

/** A cosine is the same on every store to this. */
const precision = 1e-4;
/** Up to so many records a search is exact. Above, an index may pass over a record for one that is hardly farther. */
const exactRecords = 1001;
const slack = 0.02;

/**
 * Compares an answer with what an array of the same records gives, filtered in plain JavaScript. Says what is wrong, undefined when
 * nothing is. Where several answers are right, as among records of one moment, any of them is.
 */
export function answerProblem(
  records: readonly VectorRecord[],
  request: ReadRequest,
  { records: found, scores, count, ended }: Answer,
): Problem | undefined {
  const right = matching(records, request);
  if (request.way === "count")
    return count === right.length
      ? undefined
      : { says: `counted ${count} of ${right.length} records`, foreign: Number(count) > right.length };
  const size = request.way === "get" ? right.length : Math.min(right.length, request.limit * request.pages);
  const { foreign, surplus } = strangers(found, right, request);
  const wrong = [
    foreign.length > 0 &&
      `saw what was written at ${listed(foreign.map(({ scopeKey, payload }) => `${nameOf(scopeKey)}: ${payload}`))}`,
    surplus.length > 0 && `found what was not asked for: ${listed(surplus.map(identity))}`,
    new Set(found.map(identity)).size < found.length && "found a record twice",
    found.length !== size && `found ${found.length} records instead of ${size} of ${right.length}`,
    ended === right.length > size && `said that there is ${ended ? "no more" : "more"}`,
    changed(found, right, request.vectors === true),
    disorder(found, right, request, scores, records.length > exactRecords ? slack : precision),
  ].filter((problem) => typeof problem === "string");
  return wrong.length > 0 ? { says: wrong.join("; "), foreign: foreign.length > 0 } : undefined;
}

function strangers(found: readonly StoredRecord[], right: readonly VectorRecord[], { scope }: ReadRequest) {
  const known = new Set(right.map(identity));
  const strange = found.filter((record) => !known.has(identity(record)));
  const foreign = strange.filter(({ scopeKey }) => !inScope(scope, scopeKey));
  return { foreign, surplus: strange.filter((record) => !foreign.includes(record)) };
}

/** Whether a record came back otherwise than it was written. */
function changed(
  found: readonly StoredRecord[],
  right: readonly VectorRecord[],
  vectors: boolean,
): string | undefined {
  const written = new Map(right.map((record) => [identity(record), record]));
  for (const record of found) {
    const expected = written.get(identity(record));
    if (!expected) continue;
    for (const part of ["namespace", "payload", "fields"] as const) {
      if (isSame(expected[part], record[part])) continue;
      const [a, b] = [expected, record].map((one) => surfaceText(one[part]));
      return `read ${b} of ${identity(record)}, where ${a} was written`;
    }
    if (vectors && distance(expected.vector, record.vector) > precision)
      return `read another vector of ${identity(record)}`;
  }
  return undefined;
}

/** Whether what was found is in another order than it has to be, or something else would have come first. */
function disorder(
  found: readonly StoredRecord[],
  right: readonly VectorRecord[],
  { way, vector }: ReadRequest,
  scores: readonly number[] | undefined,
  farther: number,
): string | undefined {
  if (way === "get") return undefined;
  if (way === "searchText") {
    const sorted = scores?.every(
      (score, index) => score > 0 && score <= (scores[index - 1] ?? Number.POSITIVE_INFINITY),
    );
    return sorted ? undefined : `scored ${scores?.join(", ")}`;
  }
  const value = ({ fields, vector: own }: RecordContent) =>
    way === "list"
      ? fields.$createdAt
      : [...(own ?? [])].reduce((sum, one, index) => sum + one * (vector?.[index] ?? 0), 0);
  const values = new Map(right.map((record) => [identity(record), value(record)]));
  const best = [...values.values()].sort((a, b) => b - a);
  for (const [index, record] of found.entries()) {
    const own = values.get(identity(record)) ?? Number.NaN;
    const wanted = best[index] ?? Number.NaN;
    const isRight = way === "list" ? own === wanted : own <= wanted + precision && own >= wanted - farther;
    if (!isRight) return `has ${identity(record)} with ${own} at place ${index}, where ${wanted} belongs`;
    if (scores && (scores[index - 1] ?? 1) < (scores[index] ?? 0) - precision)
      return "is not sorted by score";
    if (scores && Math.abs((scores[index] ?? Number.NaN) - own) > precision)
      return `scored ${scores[index]} for ${identity(record)}, whose cosine is ${own}`;
  }
  return undefined;
}

function distance(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b) return a === b ? 0 : Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.POSITIVE_INFINITY))));
}

function isSame(a: string | Fields, b: string | Fields): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => a[name] === b[name] || JSON.stringify(a[name]) === JSON.stringify(b[name]))
  );
}

export function identity({ id, scopeKey }: Pick<RecordContent, "id" | "scopeKey">): string {
  return `${id} at ${nameOf(scopeKey)}`;
}

function listed(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
}
