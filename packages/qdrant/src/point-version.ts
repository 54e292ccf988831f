import type { Expected } from "@loci/core/store";
import { nextPlace } from "./next-place.ts";

/** How many of its former versions a point names. */
const formerVersions = 4;

/**
 * A version that no point had: the point's place among those of the same moment, which it keeps, and a random text. After it the
 * last ones that this point had, where the writer knows them: who reads back what has become of a write sees there that it was done,
 * although others have followed.
 * @param known the place of a point that is written over, whatever it is
 */
export function nextVersion(expected: Expected | undefined, known?: number): string {
  if (typeof expected !== "object") return `${known ?? nextPlace()} ${crypto.randomUUID()}`;
  const [place, ...former] = expected.version.split(" ");
  return [place, crypto.randomUUID(), ...former.slice(0, formerVersions)].join(" ");
}

/** The place of a point at a version. */
export function placeOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

/** Whether a point at one version has once been at another, or is. */
export function hasHad(stored: unknown, version: string): boolean {
  const [, own = ""] = version.split(" ");
  return String(stored).split(" ").slice(1).includes(own);
}
