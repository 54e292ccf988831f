import type { FieldWeights } from "./bm25.ts";
import type { KeywordFields } from "./keyword-fields.ts";

const k1 = 1.2;
const b = 0.75;

/** Backends with sparse vectors store no average length. This is about the length of a message. */
const averageLength = 16;
const fields = ["own", "before", "after"] as const;

/**
 * A record's keywords as a sparse vector, for backends that weight each index by its rarity. The weighted product
 * with `queryTermVector` is the BM25 of each field, summed. Unlike here, `bm25` treats the fields as one text and
 * uses the real average length.
 */
export function documentTermVector(keywords: KeywordFields): SparseVector {
  const weights = new Map<number, number>();
  for (const field of fields) {
    const terms = keywords[field];
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const norm = k1 * (1 - b + (b * terms.length) / averageLength);
    for (const [term, count] of counts) {
      const index = indexOf(field, term);
      weights.set(index, (weights.get(index) ?? 0) + (count * (k1 + 1)) / (count + norm));
    }
  }
  return toSparse(weights);
}

/** The query terms as a sparse vector: each term in every field, with the field's weight. */
export function queryTermVector(terms: readonly string[], weights: FieldWeights): SparseVector {
  const values = new Map<number, number>();
  for (const field of fields) {
    if (weights[field] <= 0) continue;
    for (const term of new Set(terms)) {
      const index = indexOf(field, term);
      values.set(index, (values.get(index) ?? 0) + weights[field]);
    }
  }
  return toSparse(values);
}

/** A sparse vector: each index once, in ascending order. */
export interface SparseVector {
  /** Unsigned 32-bit integers. */
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

function toSparse(weights: ReadonlyMap<number, number>): SparseVector {
  const entries = [...weights].sort(([a], [z]) => a - z);
  return { indices: entries.map(([index]) => index), values: entries.map(([, weight]) => weight) };
}

/** 32-bit FNV-1a over UTF-16 (Fowler, Noll and Vo). Two terms of one organization rarely collide. */
function indexOf(field: (typeof fields)[number], term: string): number {
  let hash = 0x811c9dc5;
  for (const text of [field, "\u0000", term]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    }
  }
  return hash;
}
