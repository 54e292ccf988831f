import type { LanguageModel, VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeScriptedModel, type Script } from "./scripted-model.ts";

/** Makes memories that infer by a script or by a model, each on a new store. */
export function inferringMemory(make: () => VectorStore, name: string): InferringMemory {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();
  return (script, options = {}) => {
    const languageModel = typeof script === "function" ? fakeScriptedModel(script) : script;
    return new Memory({ store: make(), embedder, languageModel, ...options });
  };
}

type InferringMemory = (script: Script | LanguageModel, options?: object) => Memory;
