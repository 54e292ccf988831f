import { describe, expect, it } from "vitest";
import { defineEmbedder } from "./define-embedder.ts";

const embedded = (answer: unknown) =>
  defineEmbedder(
    {
      id: "fake",
      model: "fake",
      maxBatch: 8,
      maxConcurrency: 1,
      describe: async () => ({ dimensions: 2 }),
      embed: async () => answer as never,
    },
    { accents: "keep" },
  ).embed(["a", "b"], { purpose: "document" });

describe("an embedder of a model server", () => {
  it("takes lists of numbers, typed or not", async () => {
    for (const vector of [[3, 4], Float64Array.of(3, 4), Float32Array.of(3, 4)])
      expect((await embedded([vector, vector]))[1]).toEqual(Float32Array.of(0.6, 0.8));
  });

  it.each<[string, unknown]>([
    ["no list", null],
    ["too few", [[1, 2]]],
    [
      "too many",
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    ],
    ["a hole", new Array(2)],
    [
      "a null in a vector",
      [
        [1, 2],
        [null, 2],
      ],
    ],
    [
      "a text in a vector",
      [
        [1, 2],
        ["1", 2],
      ],
    ],
    [
      "a boolean in a vector",
      [
        [1, 2],
        [true, 2],
      ],
    ],
    [
      "a list in a vector",
      [
        [1, 2],
        [[1], [2]],
      ],
    ],
    [
      "NaN",
      [
        [1, 2],
        [Number.NaN, 2],
      ],
    ],
    [
      "a number that is no Float32",
      [
        [1, 2],
        [1e300, 2],
      ],
    ],
    ["null for a vector", [[1, 2], null]],
    ["a text for a vector", [[1, 2], "12"]],
    ["an empty vector", [[1, 2], []]],
    [
      "vectors of two widths",
      [
        [1, 2],
        [1, 2, 3],
      ],
    ],
  ])("refuses an answer with %s", async (_, answer) => {
    await expect(embedded(answer)).rejects.toMatchObject({ code: "MODEL_FAILED", problem: "invalid-answer" });
  });
});
