import type { Extractor } from "../extraction/extractor.ts";
import { fail } from "../input/fail.ts";
import type { KeyProvider } from "../keys/key-provider.ts";
import type { Embedder } from "../models/embedder.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Reranker } from "../models/reranker.ts";
import type { VectorStore } from "../store/vector-store.ts";

export function parseStore(value: unknown, path: string): VectorStore {
  const store = value as Partial<VectorStore> | null | undefined;
  if (typeof store?.open !== "function") fail(path, 'must be a store, such as inMemory() from "@loci/core"');
  if (store.specVersion !== 1)
    fail(
      path,
      `speaks version ${String(store.specVersion)} of the store contract; this version of Loci knows version 1`,
    );
  return store as VectorStore;
}

export function parseEmbedder(value: unknown, path: string): Embedder | undefined {
  if (value === undefined || value === null) return undefined;
  const embedder = value as Partial<Embedder>;
  if (
    typeof embedder.embed !== "function" ||
    typeof embedder.describe !== "function" ||
    typeof embedder.id !== "string" ||
    embedder.id === ""
  ) {
    fail(path, "must be an embedder with an id, a describe and an embed function");
  }
  if (embedder.specVersion !== 1)
    fail(
      path,
      `speaks version ${String(embedder.specVersion)} of the embedder contract; this version of Loci knows version 1`,
    );
  for (const [name, value] of [
    ["maxBatch", embedder.maxBatch],
    ["maxConcurrency", embedder.maxConcurrency ?? 1],
  ] as const) {
    if (!Number.isInteger(value) || (value ?? 0) < 1)
      fail(`${path}.${name}`, "must be a whole number from 1 on");
  }
  return embedder as Embedder;
}

export function parseLanguageModel(value: unknown, path: string): LanguageModel | undefined {
  if (value === undefined) return undefined;
  const model = value as Partial<LanguageModel> | null;
  if (
    typeof model?.generate !== "function" ||
    typeof model.describe !== "function" ||
    typeof model.id !== "string" ||
    model.id === ""
  ) {
    fail(path, "must be a language model with an id, a describe and a generate function");
  }
  if (model.specVersion !== 1)
    fail(
      path,
      `speaks version ${String(model.specVersion)} of the language model contract; this version of Loci knows version 1`,
    );
  return model as LanguageModel;
}

const maxInstructions = 4000;

export function parseInstructions(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.length > maxInstructions)
    fail(path, `must be a text of 1 to ${maxInstructions} characters`);
  return value;
}

export function parseExtractor(value: unknown, path: string): Extractor | undefined {
  if (value === undefined) return undefined;
  const extractor = value as Partial<Extractor> | null;
  if (
    typeof extractor?.extract !== "function" ||
    typeof extractor.id !== "string" ||
    !Number.isFinite(extractor.overheadTokens)
  ) {
    fail(path, "must have an id, overheadTokens and an extract function");
  }
  return extractor as Extractor;
}

export function parseReranker(value: unknown, path: string): Reranker | undefined {
  if (value === undefined) return undefined;
  const reranker = value as Partial<Reranker> | null;
  if (
    typeof reranker?.rerank !== "function" ||
    typeof reranker.id !== "string" ||
    reranker.specVersion !== 1
  ) {
    fail(path, "must be a reranker of version 1 with an id and a rerank function");
  }
  return reranker as Reranker;
}

export function parseEmbedders(value: unknown, path: string): readonly (Embedder | null)[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) fail(path, "must be a list of embedders, or of null");
  return Array.from(value, (item: unknown, index) => parseEmbedder(item, `${path}[${index}]`) ?? null);
}

export function parseKeys(value: unknown, path: string): KeyProvider | undefined {
  if (value === undefined) return undefined;
  const keys = value as Partial<KeyProvider> | null;
  if (
    typeof keys?.create !== "function" ||
    typeof keys.open !== "function" ||
    typeof keys.destroy !== "function" ||
    typeof keys.id !== "string" ||
    keys.id === "" ||
    keys.specVersion !== 1
  ) {
    fail(path, "must be a key provider of version 1 with an id and functions create, open and destroy");
  }
  return keys as KeyProvider;
}
