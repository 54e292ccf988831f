import type { Embedder } from "@loci/core";
import type { Manifest } from "@loci/core/store";

/**
 * A fake embedder: it counts letters, so that texts with the same letters are near. It knows no meaning, and
 * stands where a test needs vectors and no quality.
 */
export function fakeLetterEmbedder(
  changes: Partial<Embedder> = {},
  fingerprint: Partial<NonNullable<Manifest["embedder"]>> = {},
): Embedder {
  return {
    specVersion: 1,
    id: "fake-letters",
    maxBatch: 16,
    // So that it is asked for nothing but what a test asks.
    scatter: { mean: 0, deviation: 0.1 },
    describe: async () => ({ id: changes.id ?? "fake-letters", dimensions: 26, ...fingerprint }),
    async embed(texts) {
      return texts.map((text) => {
        const counts = new Float32Array(26).fill(0.01);
        for (const letter of text.toLowerCase()) {
          const index = letter.charCodeAt(0) - 97;
          if (index >= 0 && index < 26) counts[index] = (counts[index] ?? 0) + 1;
        }
        const length = Math.hypot(...counts);
        return counts.map((count) => count / length);
      });
    },
    ...changes,
  };
}

/** Another model: wider vectors of the same letters. */
export function fakeWideEmbedder(changes: Partial<Embedder> = {}): Embedder {
  const letters = fakeLetterEmbedder();
  return fakeLetterEmbedder(
    {
      id: "fake-wide-letters",
      embed: async (texts, options) =>
        (await letters.embed(texts, options)).map((vector) => Float32Array.from([...vector, 0])),
      ...changes,
    },
    { dimensions: 27 },
  );
}
