import { dot } from "../util/dot.ts";

/**
 * Removes accents (NFD without combining marks) and replaces dashes by hyphens. Some models were trained on such
 * text, and their own tokenizers do the same.
 */
export function stripAccents(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/\p{Pd}/gu, "-");
}

/** Two words that share nothing but accents. */
const accented = ["résumé", "zürich"] as const;
/** Vectors of unrelated words are never this similar. */
const alike = 0.999;

/**
 * Whether a server treats accented words as unknown. Some servers have a model's vocabulary but not its text
 * normalization. Unrelated accented words then have the same vector, and different ones without accents.
 * @param embed returns one L2-normalized vector for each text
 */
export async function needsAccentsStripped(
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
): Promise<boolean> {
  const [a, b] = await embed(accented);
  if (!a || !b || dot(a, b) < alike) return false;
  const [plainA, plainB] = await embed(accented.map(stripAccents));
  return plainA !== undefined && plainB !== undefined && dot(plainA, plainB) < alike;
}
