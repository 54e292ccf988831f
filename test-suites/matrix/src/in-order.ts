/** The same value with the keys of its objects in order, for servers that have none. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [z]) => (a < z ? -1 : 1))
      .map(([key, one]) => [key, inOrder(one)]),
  );
}
