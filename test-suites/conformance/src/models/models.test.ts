import { type Embedder, type LanguageModel, ModelError, StoreError } from "@loci/core";
import { describe, expect, it } from "vitest";
import { embedderCases, runEmbedderConformance } from "./embedder-cases.ts";
import { languageModelCases, runLanguageModelConformance } from "./language-model-cases.ts";

// Fakes: they show that the cases can pass and can fail, and say nothing about any model.

function fakeEmbedder(changes: Partial<Embedder> = {}): Embedder {
  return {
    specVersion: 1,
    id: "fake-characters",
    maxBatch: 100,
    describe: async () => ({ id: "fake-characters", dimensions: 64 }),
    async embed(texts, { signal }) {
      signal?.throwIfAborted();
      return texts.map((text) => {
        const vector = new Float32Array(64).fill(0.01);
        for (const character of text) {
          const index = (character.codePointAt(0) ?? 0) % 64;
          vector[index] = (vector[index] ?? 0) + 1;
        }
        const length = Math.hypot(...vector);
        return vector.map((value) => value / length);
      });
    },
    ...changes,
  };
}

describe("embedder cases", () => {
  it("pass for an embedder that keeps its promises", async () => {
    const results = await runEmbedderConformance({
      name: "right",
      embedder: fakeEmbedder(),
      tooLong: "word ".repeat(1000),
    });
    expect(results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  it("each catch an embedder that does not", async () => {
    const right = fakeEmbedder();
    let described = 0;
    const broken: readonly (Embedder["embed"] | Partial<Embedder>)[] = [
      { describe: async () => ({ id: `fake-${described++}`, dimensions: 64 }) },
      async (texts, options) => (await right.embed(texts, options)).map((vector) => vector.subarray(1)),
      async (texts, options) =>
        (await right.embed(texts, options)).map((vector) => vector.map((value) => value * 2)),
      async (texts, options) => (await right.embed(texts, options)).toReversed(),
      async (texts, options) =>
        right.embed(
          texts.map((text) => text.replace(/[^\x20-\x7e]/g, "")),
          options,
        ),
      async (texts, options) => right.embed(texts.length === 0 ? ["x"] : texts, options),
      async (texts, { purpose }) => right.embed(texts, { purpose }),
      async (texts, options) =>
        right.embed(
          texts.map((text) => text.slice(0, 512)),
          options,
        ),
    ];
    const caught = new Set<string>();
    for (const change of broken) {
      const results = await runEmbedderConformance({
        name: "broken",
        embedder: fakeEmbedder(typeof change === "function" ? { embed: change } : change),
        tooLong: "word ".repeat(1000),
      });
      const failed = results.filter(({ outcome }) => outcome === "failed");
      expect(failed.length).toBeGreaterThan(0);
      for (const { id } of failed) caught.add(id);
    }
    expect([...caught].sort()).toEqual(embedderCases.map(({ id }) => id).sort());
  });
});

describe("language model cases", () => {
  const fails = (retryable: boolean): LanguageModel =>
    fakeModel(() => Promise.reject(new StoreError("no", { store: "fake" }, { retryable })));
  function fakeModel(generate: LanguageModel["generate"]): LanguageModel {
    return {
      specVersion: 1,
      id: "fake-scripted",
      describe: async () => ({ contextTokens: 1000 }),
      generate,
    };
  }
  const tooLong = "word ".repeat(1000);
  const right = fakeModel(async ({ signal, messages }) => {
    signal?.throwIfAborted();
    if (messages.some(({ content }) => content.length > 1000))
      throw new ModelError("no", { model: "fake-scripted", problem: "too-long" });
    return { object: { answer: "blue", sure: true }, usage: { inputTokens: 10, outputTokens: 5 } };
  });

  it("pass for a model that keeps its promises, and say what they could not look at", async () => {
    const whole = {
      name: "right",
      model: right,
      tooLong,
      truncating: fails(false),
      unreachable: fails(true),
      missing: fails(false),
    };
    expect((await runLanguageModelConformance(whole)).filter(({ outcome }) => outcome !== "passed")).toEqual(
      [],
    );
    const partly = await runLanguageModelConformance({ name: "right", model: right });
    expect(partly.filter(({ outcome }) => outcome === "not-applicable")).toHaveLength(4);
  });

  it("each catch a model that does not", async () => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    const wrong = [
      {
        name: "a",
        tooLong,
        model: {
          ...fakeModel(async () => ({ object: { answer: "blue" }, usage })),
          describe: async () => ({ contextTokens: 0 }),
        },
      },
      { name: "b", model: right, truncating: right, unreachable: fails(false), missing: fails(true) },
    ];
    const results = (await Promise.all(wrong.map(runLanguageModelConformance))).flat();
    const caught = new Set(results.filter(({ outcome }) => outcome === "failed").map(({ id }) => id));
    expect([...caught].sort()).toEqual(languageModelCases.map(({ id }) => id).sort());
  });
});
