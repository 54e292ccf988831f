/**
 * The metamorphic relation of filters: what matches and what does not are disjoint, and together the whole. Returns
 * what is wrong, undefined when nothing is. (Rigger and Su, "Finding Bugs in Database Systems via Query
 * Partitioning", 2020.)
 */
export function halvesProblem(
  whole: readonly string[],
  matching: readonly string[],
  others: readonly string[],
): string | undefined {
  const twice = matching.filter((one) => others.includes(one));
  if (twice.length > 0) return `both match and do not match: ${twice.join(", ")}`;
  const both = [...matching, ...others];
  const lost = whole.filter((one) => !both.includes(one));
  if (lost.length > 0) return `neither match nor do not match: ${lost.join(", ")}`;
  const surplus = both.filter((one) => !whole.includes(one));
  return surplus.length > 0 ? `are not in the whole: ${surplus.join(", ")}` : undefined;
}
