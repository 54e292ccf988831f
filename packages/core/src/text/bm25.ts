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
  const steps = bm25InSteps(documents, terms, weights);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps that are short however many documents there are. */
export function* bm25InSteps(
  documents: readonly KeywordFields[],
  terms: readonly string[],
  weights: FieldWeights,
): Generator<void, readonly number[]> {
  const lengths = documents.map(({ own, before, after }) => own.length + before.length + after.length);
  const average = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
  const scores = new Array<number>(documents.length).fill(0);
  for (const frequencies of yield* weightedFrequencies(documents, terms, weights)) {
    const containing = frequencies.size;
    const idf = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5));
    let scored = 0;
    for (const [index, frequency] of frequencies) {
      const norm = k1 * (1 - b + (b * (lengths[index] ?? 0)) / average);
      scores[index] = (scores[index] ?? 0) + (idf * frequency * (k1 + 1)) / (frequency + norm);
      if (++scored % documentsInStep === 0) yield;
    }
  }
  return scores;
}

const documentsInStep = 100;

/** The weight of a term in each keyword field. */
export type FieldWeights = { readonly [field in keyof KeywordFields]: number };

/** For each term, the documents that have it, by index, with how often. It looks at each word once, however many terms there are. */
function* weightedFrequencies(
  documents: readonly KeywordFields[],
  terms: readonly string[],
  weights: FieldWeights,
): Generator<void, readonly ReadonlyMap<number, number>[]> {
  const found = new Map(terms.map((term) => [term, new Map<number, number>()]));
  for (const [index, document] of documents.entries()) {
    if (index % documentsInStep === 0) yield;
    for (const field of ["own", "before", "after"] as const)
      for (const word of weights[field] > 0 ? document[field] : []) {
        const frequencies = found.get(word);
        frequencies?.set(index, (frequencies.get(index) ?? 0) + weights[field]);
      }
  }
  return terms.map((term) => found.get(term) ?? new Map());
}
