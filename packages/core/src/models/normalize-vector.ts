/**
 * A vector of length 1, as stores take it. Whatever enters a store is checked here, be it embedded or imported.
 * @param refuse makes the error from what is wrong: "a zero vector, which has no direction"
 */
export function normalizeVector(
  vector: Float32Array,
  dimensions: number,
  refuse: (problem: string) => Error,
): Float32Array {
  if (vector.length !== dimensions)
    throw refuse(`a vector of ${vector.length} numbers, not of the ${dimensions} that are declared`);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(length)) throw refuse("a vector that has a NaN or an infinite number");
  if (length === 0) throw refuse("a zero vector, which has no direction");
  return Math.abs(length - 1) < 1e-6 ? vector : vector.map((value) => value / length);
}
