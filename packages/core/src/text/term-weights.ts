import type { FieldWeights } from "./bm25.ts";
import type { KeywordFields } from "./keyword-fields.ts";

const k1 = 1.2;
const b = 0.75;
/** Backends that keep weights keep no average length; this is about what a message has. */
const averageLength = 16;
const fields = ["own", "before", "after"] as const;

/** A sparse vector: each place once, in ascending order. */
export interface SparseVector {
  /** Whole numbers of 32 bits without a sign. */
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/**
 * A record's words as a sparse vector, for backends that have those and know how rare each place is. The product with
 * `queryTermVector` times that rarity is BM25 of each field, added up: unlike `bm25`, which reads the fields as one text, and
 * with a fixed average length.
 */
export function documentTermVector(keywords: KeywordFields): SparseVector {
  const weights = new Map<number, number>();
  for (const field of fields) {
    const terms = keywords[field];
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const norm = k1 * (1 - b + (b * terms.length) / averageLength);
    for (const [term, count] of counts) {
      const place = placeOf(field, term);
      weights.set(place, (weights.get(place) ?? 0) + (count * (k1 + 1)) / (count + norm));
    }
  }
  return toSparse(weights);
}

/** The words to look for as a sparse vector: each in every field, at the field's weight. */
export function queryTermVector(terms: readonly string[], weights: FieldWeights): SparseVector {
  const values = new Map<number, number>();
  for (const field of fields) {
    if (weights[field] <= 0) continue;
    for (const term of new Set(terms)) {
      const place = placeOf(field, term);
      values.set(place, (values.get(place) ?? 0) + weights[field]);
    }
  }
  return toSparse(values);
}

function toSparse(weights: ReadonlyMap<number, number>): SparseVector {
  const entries = [...weights].sort(([a], [z]) => a - z);
  return { indices: entries.map(([place]) => place), values: entries.map(([, weight]) => weight) };
}

/** FNV-1a of 32 bits over UTF-16 (Fowler, Noll and Vo): two words of an organization rarely meet in one place. */
function placeOf(field: (typeof fields)[number], term: string): number {
  let hash = 0x811c9dc5;
  for (const text of [field, "\u0000", term]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    }
  }
  return hash;
}
