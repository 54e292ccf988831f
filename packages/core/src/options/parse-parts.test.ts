import { describe, expect, it } from "vitest";
import { inMemory, Memory, type MemoryOptions } from "../index.ts";

const embedder = {
  specVersion: 1,
  id: "fake",
  maxBatch: 1,
  describe: async () => ({}),
  embed: async () => [],
};
const languageModel = { specVersion: 1, id: "fake", describe: async () => ({}), generate: async () => ({}) };
const embeddingModelOfAiSdk = { specificationVersion: "v3", modelId: "m", doEmbed: async () => ({}) };
const languageModelOfAiSdk = { specificationVersion: "v3", modelId: "m", doGenerate: async () => ({}) };
function sqlite(): void {}
function postgres(): void {}

describe("what is given in the place of a part", () => {
  it.each<[string, object, string]>([
    ["the name of an embedder", { embedder: "text-embedding-3-small" }, "aiSdk.embedder(model)"],
    ["an AI SDK model as embedder", { embedder: embeddingModelOfAiSdk }, "wrap it, as aiSdk.embedder(model)"],
    ["an AI SDK language model as embedder", { embedder: languageModelOfAiSdk }, "give it as languageModel"],
    [
      "a language model as embedder",
      { embedder: languageModel },
      "It is a language model: give it as languageModel",
    ],
    [
      "an embedder that was not called",
      { embedder: () => embedder },
      "call it, as in embedder: ollama.embedder(",
    ],
    ["the name of a language model", { languageModel: "gpt-5-mini" }, "wrap it, as aiSdk(model)"],
    [
      "an AI SDK model as language model",
      { languageModel: languageModelOfAiSdk },
      "wrap it, as aiSdk(model)",
    ],
    ["an AI SDK embedder as language model", { languageModel: embeddingModelOfAiSdk }, "give it as embedder"],
    ["an embedder as language model", { languageModel: embedder }, "It is an embedder: give it as embedder"],
    ["a promise of a language model", { languageModel: Promise.resolve(languageModel) }, "await it"],
    ["sqlite itself as store", { store: sqlite }, 'call it, as in store: sqlite({ directory: ".loci" })'],
    ["postgres itself as store", { store: postgres }, "call it, as in store: postgres(...)"],
    ["the name of a store", { store: "sqlite" }, "give a store itself"],
    ["an embedder as store", { store: embedder }, "It is an embedder"],
    ["a store as keys", { keys: inMemory() }, "It is a store: give it as store"],
    [
      "nothing of the kind",
      { embedder: {} },
      "must be an embedder with an id, a describe and an embed function.",
    ],
    ["an older embedder", { embedder: { ...embedder, specVersion: 0 } }, "speaks version 0 of its contract"],
  ])("%s", (_, options, advice) => {
    expect(() => new Memory({ store: inMemory(), ...options } as MemoryOptions)).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        path: Object.keys(options)[0],
        message: expect.stringContaining(advice),
      }),
    );
  });
});
