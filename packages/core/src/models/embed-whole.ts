import { ModelError } from "../errors/model-error.ts";

/**
 * Embeds texts that may exceed the model's context. Splits such a text in two, repeatedly if needed. Its vector is
 * the mean of its parts' vectors, weighted by length, so every word counts. The server decides what is too long.
 * @param embed embeds a list whole, or throws a `ModelError` with the problem `too-long`
 * @param onSplit called with each text that is split
 */
export async function embedWhole(
  texts: readonly string[],
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
  onSplit: (text: string) => void = () => {},
): Promise<readonly Float32Array[]> {
  if (texts.length === 0) return [];
  try {
    return await embed(texts);
  } catch (error) {
    if (!ModelError.isInstance(error) || error.problem !== "too-long") throw error;
    const [text = ""] = texts;
    if (texts.length > 1) {
      const middle = Math.ceil(texts.length / 2);
      const first = await embedWhole(texts.slice(0, middle), embed, onSplit);
      return [...first, ...(await embedWhole(texts.slice(middle), embed, onSplit))];
    }
    const parts = halve(text);
    if (parts.length < 2) throw error;
    onSplit(text);
    const vectors: Float32Array[] = [];
    for (const part of parts) vectors.push(...(await embedWhole([part], embed)));
    return [mean(vectors, parts)];
  }
}

/** Splits a text near its middle: at the end of a sentence, else of a word, else anywhere. */
function halve(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  const radius = Math.floor(text.length / 4);
  const near = text.slice(middle - radius, middle + radius);
  const borders = [/[.!?。！？\n]\s*/gu, /\s+/gu].map((border) =>
    [...near.matchAll(border)]
      .map((match) => middle - radius + match.index + match[0].length)
      .sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle)),
  );
  const inside = /[\uDC00-\uDFFF]/.test(text.charAt(middle)) ? middle + 1 : middle;
  const at = borders[0]?.[0] ?? borders[1]?.[0] ?? inside;
  return [text.slice(0, at), text.slice(at)].filter((part) => part.trim() !== "");
}

function mean(vectors: readonly Float32Array[], parts: readonly string[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const [index, vector] of vectors.entries()) {
    const weight = parts[index]?.length ?? 0;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + weight * (vector[at] ?? 0);
  }
  return normalized(sum);
}

/**
 * The vector, scaled to length 1. What is no number becomes NaN, as in a vector of text or null, and what is no list an empty vector:
 * Loci refuses both.
 * @example
 * ```ts
 * const vector = normalized([3, 4]); // 0.6, 0.8
 * ```
 */
export function normalized(vector: ArrayLike<number>): Float32Array {
  const given: unknown = vector;
  const isList = typeof given === "object" && given !== null;
  const values = Float32Array.from(isList ? vector : [], (value: unknown) =>
    typeof value === "number" ? value : Number.NaN,
  );
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}
