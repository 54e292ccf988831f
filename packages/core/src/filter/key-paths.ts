import type { Filter } from "./filter.ts";

/**
 * The field of a keyed memory's key, with the paths above it: those of "a/b/c" are "a", "a/b" and "a/b/c". So a store finds
 * everything below a path by plain equality. No metadata key begins with `$`.
 */
export const keyPathsField = "$keyPaths";

/** The paths that lead to a key, and the key itself. */
export function keyPaths(key: string): readonly string[] {
  const slashes = [...key.matchAll(/\//g)].map(({ index }) => index);
  return [...slashes.map((end) => key.slice(0, end)), key];
}

/** Matches the memory whose key is a path, and those whose keys are below it. A slash at the end changes nothing. */
export function atOrBelow(path: string): Filter {
  return { type: "in", field: keyPathsField, values: [path.replace(/\/$/, "")], negated: false };
}

/** Matches memories without a key. */
export const noKey: Filter = { type: "exists", field: keyPathsField, negated: true };
