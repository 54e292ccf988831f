import type { Embedder } from "@loci/core";

const letters = "bcdfgjkmnpqrtvwz";
const pattern = new RegExp(`kx([${letters}])([${letters}])xk`, "g");

/** The most canaries of one story. */
const canaryCount = 64;

/** A word that no other text has, and that no language changes. */
export function canaryWord(canary: number): string {
  return `kx${letters[canary >> 4]}${letters[canary & 15]}xk`;
}

/** A text that says which one it is. */
export function canaryText(canary: number): string {
  return `${canaryWord(canary)} was said`;
}

/** The canaries of a text, each once. Stories look at the same texts again and again. */
export function canariesIn(text: string): readonly number[] {
  let known = canariesOfTexts.get(text);
  if (known === undefined) {
    const found = text.matchAll(pattern);
    known = [
      ...new Set(Array.from(found, ([, a = "", b = ""]) => letters.indexOf(a) * 16 + letters.indexOf(b))),
    ];
    if (canariesOfTexts.size >= 1000) canariesOfTexts.clear();
    canariesOfTexts.set(text, known);
  }
  return known;
}

const canariesOfTexts = new Map<string, readonly number[]>();

/**
 * A fake embedder whose vectors say which canaries they were made of: each has a dimension of its own. Two of them, with
 * different names, are two models.
 */
export function fakeCanaryEmbedder(id: string, gate: Gate = (_, run) => run()): Embedder {
  return {
    specVersion: 1,
    id,
    maxBatch: 16,
    describe: async () => ({ id, dimensions: canaryCount + 1 }),
    embed: (texts, { signal }) =>
      gate(
        () => `embed ${texts.length} texts`,
        async () => texts.map((text) => vectorOf(canariesIn(text))),
        signal,
      ),
  };
}

/** What a call outside of the memory goes through. */
export type Gate = <T>(what: () => string, run: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** The canaries that a vector was made of. */
export function canariesOfVector(vector: Float32Array): readonly number[] {
  return Array.from(vector.subarray(0, canaryCount).entries()).flatMap(([canary, value]) =>
    Math.abs(value) > 1e-6 ? [canary] : [],
  );
}

function vectorOf(canaries: readonly number[]): Float32Array {
  const length = Math.sqrt(canaries.length + 0.25);
  const vector = new Float32Array(canaryCount + 1);
  vector[canaryCount] = 0.5 / length;
  for (const canary of canaries) vector[canary] = 1 / length;
  return vector;
}
