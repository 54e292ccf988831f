/** How many items are sorted, or merged, in one step. */
const step = 1000;

/** Sorts items as `toSorted` does, in steps that are short however many there are (a merge sort from the bottom up). */
export function* sortInSteps<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<void, readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let start = 0; start < items.length; start += step) {
    runs.push(items.slice(start, start + step).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let pair = 0; pair < runs.length; pair += 2)
      merged.push(yield* merge(runs[pair] ?? [], runs[pair + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<void, readonly T[]> {
  const merged: T[] = [];
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    // What is equal keeps its order.
    const isLeft = r === right.length || (l < left.length && compare(left[l] as T, right[r] as T) <= 0);
    merged.push((isLeft ? left[l++] : right[r++]) as T);
    if (merged.length % step === 0) yield;
  }
  return merged;
}
