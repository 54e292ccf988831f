import type { KeywordFields } from "../store/vector-store.ts";

const k1 = 1.2;
const b = 0.75;
const fields = ["own", "before", "after"] as const;

/** How much a term counts in each keyword field. */
export type FieldWeights = { readonly [field in (typeof fields)[number]]: number };

/**
 * BM25 over three fields: the weighted sum of what each field scores on its own, with its own lengths and
 * document frequencies. Inverse document frequency as Lucene has it, ln(1 + (N - n + 0.5) / (n + 0.5)), which
 * is never negative. (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k1 1.2, b 0.75.)
 * @param documents every document that the statistics are taken from
 * @returns the score of each document, in their order
 */
export function bm25(
  documents: readonly KeywordFields[],
  terms: readonly string[],
  weights: FieldWeights,
): readonly number[] {
  const scores = documents.map(() => 0);
  for (const field of fields) {
    const lengths = documents.map((document) => document[field].length);
    const average = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
    for (const term of terms) {
      const frequencies = documents.map((document) => count(document[field], term));
      const containing = frequencies.filter((frequency) => frequency > 0).length;
      const idf = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5));
      for (const [index, frequency] of frequencies.entries()) {
        if (frequency === 0) continue;
        const norm = k1 * (1 - b + (b * (lengths[index] ?? 0)) / average);
        scores[index] =
          (scores[index] ?? 0) + (weights[field] * idf * frequency * (k1 + 1)) / (frequency + norm);
      }
    }
  }
  return scores;
}

function count(terms: readonly string[], wanted: string): number {
  return terms.reduce((sum, term) => sum + (term === wanted ? 1 : 0), 0);
}
