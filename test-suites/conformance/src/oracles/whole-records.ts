import type { StoredRecord, VectorRecord } from "@loci/core/store";
import { surfaceText } from "./canary.ts";
import { firstDifference } from "./first-difference.ts";

/** Vectors are kept in single precision, and some backends make them a unit long again. */
const closeness = 1e-5;

/**
 * Compares what was read with what was written, and says where the first difference is, undefined where there is none. Vectors are
 * compared where they were asked for: one that was written comes back, and none comes from nowhere.
 */
export function wholeProblem(
  written: readonly VectorRecord[],
  read: readonly StoredRecord[],
  vectors = false,
): string | undefined {
  for (const { keywords: _, expected: _expected, vector, ...content } of written) {
    const { version: _version, vector: kept, ...found } = read.find(({ id }) => id === content.id) ?? {};
    const difference = firstDifference(surfaceText(sorted(content)), surfaceText(sorted(found)));
    if (difference) return `of the record ${content.id}, ${difference}`;
    const problem = vectors ? vectorProblem(vector, kept) : undefined;
    if (problem) return `of the record ${content.id}, ${problem}`;
  }
  return undefined;
}

function vectorProblem(written: Float32Array | undefined, read: Float32Array | undefined) {
  if (!written) return read && `a vector (${read.join(", ")}), though it was written without one`;
  if (!read) return "no vector, though it was written with one";
  const at = written.findIndex(
    (value, index) => !(Math.abs(value - (read[index] ?? Number.NaN)) < closeness),
  );
  return at < 0 ? undefined : `component ${at} of the vector is ${read[at]} instead of ${written[at]}`;
}

/** With the names of objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => [key, sorted(entry)]);
}
