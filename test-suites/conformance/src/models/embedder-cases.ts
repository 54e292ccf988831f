import type { Embedder } from "@loci/core";
import { type ModelCase, type ModelResult, runModelCases } from "./model-case.ts";

/** What the author of an embedder fills in. */
export interface EmbedderHarness {
  readonly name: string;
  readonly embedder: Embedder;
  /** A text that is longer than the model takes, if there is such a length. */
  readonly tooLong?: string;
}

const texts = ["red", "the blue car is fast", "Zürich, naïve café", "我们的客户系统", "x", "red"];
const purpose = "document";
const distance = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  a && b && a.length === b.length
    ? Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)))
    : Number.POSITIVE_INFINITY;

/** What every embedder promises. */
export const embedderCases: readonly ModelCase<EmbedderHarness>[] = [
  {
    id: "description-is-stable",
    claim: "An embedder describes itself with an id and its dimensions, the same whenever it is asked.",
    async run({ embedder }, check) {
      const first = await embedder.describe();
      await embedder.embed(["red"], { purpose });
      const second = await embedder.describe();
      check(
        first.id !== "" && first.dimensions > 0,
        () => `It describes itself as ${JSON.stringify(first)}.`,
      );
      check(
        JSON.stringify(first) === JSON.stringify(second),
        () => `It described itself as ${JSON.stringify(first)}, then as ${JSON.stringify(second)}.`,
      );
    },
  },
  {
    id: "vectors-have-the-declared-width",
    claim: "Every vector has as many finite numbers as the embedder declares dimensions, for either purpose.",
    async run({ embedder }, check) {
      const { dimensions } = await embedder.describe();
      for (const wanted of ["document", "query"] as const) {
        for (const vector of await embedder.embed(texts, { purpose: wanted })) {
          check(vector instanceof Float32Array, () => "A vector is no Float32Array.");
          check(
            vector.length === dimensions,
            () => `A vector has ${vector.length} numbers, ${dimensions} are declared.`,
          );
          check(vector.every(Number.isFinite), () => "A vector has a number that is not finite.");
        }
      }
    },
  },
  {
    id: "vectors-are-normalized",
    claim: "Every vector has the length 1.",
    async run({ embedder }, check) {
      for (const vector of await embedder.embed(texts, { purpose })) {
        const length = Math.hypot(...vector);
        check(Math.abs(length - 1) < 1e-3, () => `A vector has the length ${length}.`);
      }
    },
  },
  {
    id: "batches-equal-singles",
    claim: "A batch gives one vector for each text, in their order, the same as one by one.",
    async run({ embedder }, check) {
      const batch = await embedder.embed(texts, { purpose });
      check(batch.length === texts.length, () => `${texts.length} texts gave ${batch.length} vectors.`);
      for (const [index, text] of texts.entries()) {
        const [single] = await embedder.embed([text], { purpose });
        const apart = distance(single, batch[index]);
        check(apart < 1e-2, () => `Text ${index} of a batch has another vector than alone: ${apart} apart.`);
      }
    },
  },
  {
    id: "different-texts-have-different-vectors",
    claim: "Two unrelated texts do not have the same vector, accents and other scripts included.",
    async run({ embedder }, check) {
      const unrelated = ["résumé", "zürich", "我们", "東京", "red car", "parliament"];
      const vectors = await embedder.embed(unrelated, { purpose });
      for (const [a, text] of unrelated.entries()) {
        for (let b = a + 1; b < unrelated.length; b++) {
          check(
            distance(vectors[a], vectors[b]) > 1e-3,
            () => `${text} and ${unrelated[b]} have the same vector.`,
          );
        }
      }
    },
  },
  {
    id: "nothing-gives-nothing",
    claim: "No texts give no vectors.",
    async run({ embedder }, check) {
      const vectors = await embedder.embed([], { purpose });
      check(vectors.length === 0, () => `No texts gave ${vectors.length} vectors.`);
    },
  },
  {
    id: "embedding-can-be-aborted",
    claim: "A call whose signal is aborted rejects, before and while it runs, and the next call works.",
    async run({ embedder }, check) {
      const abortedFirst = await embedder
        .embed(texts, { purpose, signal: AbortSignal.abort(new Error("enough")) })
        .then(
          () => "answered",
          () => "rejected",
        );
      check(abortedFirst === "rejected", () => "A call with an aborted signal was answered.");
      const controller = new AbortController();
      const running = embedder.embed(texts, { purpose, signal: controller.signal }).then(
        () => "answered",
        () => "rejected",
      );
      controller.abort(new Error("enough"));
      await running;
      const [vector] = await embedder.embed(["red"], { purpose });
      check(vector !== undefined && vector.length > 0, () => "After an abort the embedder does not answer.");
    },
  },
  {
    id: "long-texts-are-not-cut-silently",
    claim:
      "What comes after the end of the model's context counts, or the text is refused: it is never cut unseen.",
    applies: ({ tooLong }) =>
      tooLong === undefined ? "The harness gives no text that is too long." : undefined,
    async run({ embedder, tooLong = "" }, check) {
      const seen = await embedder
        .embed([`${tooLong} about cars`, `${tooLong} regarding parliament`], { purpose })
        .then(
          ([a, b]) => (distance(a, b) > 1e-6 ? "counted" : "cut"),
          () => "refused",
        );
      check(seen !== "cut", () => "Two texts that differ after the end of the context have the same vector.");
    },
  },
];

export async function runEmbedderConformance(harness: EmbedderHarness): Promise<readonly ModelResult[]> {
  return runModelCases(embedderCases, harness);
}
