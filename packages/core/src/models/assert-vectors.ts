import { ModelError } from "../errors/model-error.ts";

/** @throws ModelError `invalid-answer` unless there is one vector of finite numbers for each text, all of one width */
export function assertVectors(vectors: readonly ArrayLike<number>[], texts: number, model: string): void {
  const refuse = (what: string) => {
    const message = `Embedder "${model}" answered ${texts} texts with ${what}.`;
    return new ModelError(message, { model, problem: "invalid-answer" });
  };
  if (vectors.length !== texts) throw refuse(`${vectors.length} vectors`);
  const width = vectors[0]?.length ?? 0;
  for (const vector of vectors) {
    if (vector.length === 0) throw refuse("something that is no vector, or an empty one");
    if (vector.length !== width) throw refuse(`vectors of ${width} and of ${vector.length} numbers`);
    if (!Array.prototype.every.call(vector, Number.isFinite))
      throw refuse("a vector that is not of finite numbers");
  }
}
