import { InvalidEmbeddingError } from "../errors/invalid-embedding-error.ts";
import type { Embedder, EmbedOptions } from "../models/embedder.ts";

/**
 * Embeds texts in batches and checks what comes back before anything is stored.
 * @throws InvalidEmbeddingError when a vector is missing, too many, of another width, not finite or zero.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  options: EmbedOptions,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += embedder.maxBatch) {
    const batch = texts.slice(start, start + embedder.maxBatch);
    options.signal?.throwIfAborted();
    const answer: unknown = await embedder.embed(batch, options);
    if (!Array.isArray(answer) || answer.length !== batch.length) {
      const count = Array.isArray(answer) ? `${answer.length} vectors` : "no list of vectors";
      throw invalid(embedder, `answered ${batch.length} texts with ${count}`);
    }
    for (const vector of answer) vectors.push(normalize(embedder, vector));
  }
  return vectors;
}

function normalize(embedder: Embedder, vector: unknown): Float32Array {
  if (!(vector instanceof Float32Array))
    throw invalid(embedder, "answered with something that is no Float32Array");
  if (vector.length !== embedder.dimensions) {
    throw invalid(
      embedder,
      `answered with a vector of ${vector.length} numbers, but declares ${embedder.dimensions} dimensions`,
    );
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(length))
    throw invalid(embedder, "answered with a vector that has a NaN or an infinite number");
  if (length === 0) throw invalid(embedder, "answered with a zero vector, which has no direction");
  return Math.abs(length - 1) < 1e-6 ? vector : vector.map((value) => value / length);
}

function invalid(embedder: Embedder, problem: string): InvalidEmbeddingError {
  return new InvalidEmbeddingError(`Embedder "${embedder.id}" ${problem}. Nothing was stored.`, {
    embedder: embedder.id,
  });
}
