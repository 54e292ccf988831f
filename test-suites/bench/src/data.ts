import type { Embedder } from "@loci/core";
import { randomSource } from "./random.ts";

const dimensions = 384;

export interface Item {
  readonly text: string;
  readonly vector: Float32Array;
}

const functionWords = "the a of to and in is it for on with as was at by from that this we they".split(" ");

/**
 * Texts of about fourteen words, a third of them function words, the rest from a vocabulary in which few words
 * are frequent and most are rare; and vectors in 500 clusters with a cosine of about 0.6 within one, as sentence
 * embeddings have them. (Uniform noise has no neighbours, and says nothing about search.)
 */
export function makeData(
  count: number,
  queryCount: number,
  seed = 20261121,
): { items: Item[]; queries: Item[] } {
  const random = randomSource(seed);
  const centres = Array.from({ length: 500 }, () => Float32Array.from({ length: dimensions }, random.normal));
  const vector = () => {
    const centre = centres[random.below(centres.length)] as Float32Array;
    return normalize(centre.map((value) => value + 0.8 * random.normal()));
  };
  const word = () => {
    if (random.uniform() < 0.35) return functionWords[random.below(functionWords.length)] as string;
    return contentWord(Math.floor(20_000 * random.uniform() ** 3));
  };
  const items = Array.from({ length: count }, (_, index) => ({
    text: `${Array.from({ length: 13 }, word).join(" ")} number ${index}`,
    vector: vector(),
  }));
  const queries = Array.from({ length: queryCount }, (_, index) => {
    const words = (items[random.below(count)]?.text.split(" ") ?? []).filter(
      (word) => !functionWords.includes(word),
    );
    return { text: `what is ${words.slice(0, 3).join(" ")} for the query ${index}`, vector: vector() };
  });
  return { items, queries };
}

/** A pronounceable word for a number. */
function contentWord(index: number): string {
  const syllables = [
    "ba",
    "ke",
    "lo",
    "mi",
    "nu",
    "ra",
    "se",
    "to",
    "vi",
    "zu",
    "da",
    "fe",
    "go",
    "hi",
    "ju",
    "pa",
  ];
  let word = "";
  for (let rest = index + 256; rest > 0; rest = Math.floor(rest / 16)) word += syllables[rest % 16];
  return word;
}

function normalize(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A fake embedder that looks vectors up, so that no model's time is measured. */
export function fakeLookupEmbedder(data: readonly Item[]): Embedder {
  const vectors = new Map(data.map(({ text, vector }) => [text, vector]));
  return {
    specVersion: 1,
    id: "fake-lookup",
    maxBatch: 1000,
    describe: async () => ({ id: "fake-lookup", dimensions }),
    embed: async (texts) => texts.map((text) => vectors.get(text) as Float32Array),
  };
}
