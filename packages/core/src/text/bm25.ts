import type { KeywordFields } from "./keyword-fields.ts";

const k1 = 1.2;
const b = 0.75;

/**
 * BM25 over three fields as one document. A term's frequency is the weighted sum of its field frequencies (BM25F
 * without field lengths, like SQLite's FTS5). The inverse document frequency is Lucene's, ln(1 + (N - n + 0.5) / (n
 * + 0.5)), which is never negative. (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", 2009; k1 1.2, b 0.75.)
 * @param documents all documents of the statistics
 * @returns the score of each document, in the same order
 */
export function bm25(
  documents: readonly KeywordFields[],
  terms: readonly string[],
  weights: FieldWeights,
): readonly number[] {
  const lengths = documents.map(({ own, before, after }) => own.length + before.length + after.length);
  const average = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
  const scores = documents.map(() => 0);
  for (const term of terms) {
    const frequencies = documents.map((document) => weightedFrequency(document, term, weights));
    const containing = frequencies.filter((frequency) => frequency > 0).length;
    const idf = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5));
    for (const [index, frequency] of frequencies.entries()) {
      if (frequency === 0) continue;
      const norm = k1 * (1 - b + (b * (lengths[index] ?? 0)) / average);
      scores[index] = (scores[index] ?? 0) + (idf * frequency * (k1 + 1)) / (frequency + norm);
    }
  }
  return scores;
}

/** The weight of a term in each keyword field. */
export type FieldWeights = { readonly [field in keyof KeywordFields]: number };

function weightedFrequency(document: KeywordFields, term: string, weights: FieldWeights): number {
  const count = (field: keyof KeywordFields) => document[field].filter((other) => other === term).length;
  return weights.own * count("own") + weights.before * count("before") + weights.after * count("after");
}
