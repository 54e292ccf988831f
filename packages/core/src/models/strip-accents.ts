import { dot } from "../util/dot.ts";

/**
 * The text without accents and with plain dashes, as models whose tokenizer was trained on such text expect it, and
 * as their own tokenizers make it: NFD, without combining marks.
 */
export function stripAccents(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/\p{Pd}/gu, "-");
}

/** Two words that have nothing in common but their accents. */
const accented = ["résumé", "zürich"] as const;
/** Vectors of unrelated words are never this alike. */
const alike = 0.999;

/**
 * Whether a server takes accented words for unknown ones, as some do that carry a model's words but not its way to
 * prepare a text: then unrelated words have the same vector, and without their accents have not.
 * @param embed gives one L2-normalized vector for each text
 */
export async function needsAccentsStripped(
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
): Promise<boolean> {
  const [a, b] = await embed(accented);
  if (!a || !b || dot(a, b) < alike) return false;
  const [plainA, plainB] = await embed(accented.map(stripAccents));
  return plainA !== undefined && plainB !== undefined && dot(plainA, plainB) < alike;
}
