import { InsufficientIsolationError } from "./errors/insufficient-isolation-error.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import { UnsupportedError } from "./errors/unsupported-error.ts";
import type { Extractor } from "./extraction/extractor.ts";
import { readFields } from "./input/options.ts";
import type { Embedder } from "./models/embedder.ts";
import type { LanguageModel } from "./models/language-model.ts";
import type { Reranker } from "./models/reranker.ts";
import type { Tenancy } from "./scope/scope.ts";
import type { Isolation, VectorStore } from "./store/vector-store.ts";

/** How a memory is set up. */
export interface MemoryOptions<T extends Tenancy = "multi"> {
  /** Where memories are kept. */
  readonly store: VectorStore;
  /** Makes search find what is meant, not only what is said. Default: none, search is by keyword. */
  readonly embedder?: Embedder | null;
  /** Turns what is added into facts, with one call for each `add`. Default: none, messages are stored as they are. */
  readonly languageModel?: LanguageModel;
  /**
   * What the language model is told beside Loci's own instructions, such as what matters to this application.
   * 1 to 4,000 characters; they take room from the conversation. Default: nothing.
   */
  readonly instructions?: string;
  /** Takes the place of the step that turns a conversation into facts. Default: one call with Loci's own prompt. */
  readonly extractor?: Extractor;
  /** Puts the best results of a search into a better order. Default: none. */
  readonly reranker?: Reranker;
  /** `multi`: every call names its organization. `single`: there is none to name. Default: "multi". */
  readonly tenancy?: T;
  /** Separates applications that share a store. 1 to 256 characters. Default: "default". */
  readonly deployment?: string;
  /** The least isolation of organizations that the application accepts of the store. Default: "physical". */
  readonly isolation?: Isolation;
}

/** The same, checked and with its defaults. */
export interface CheckedMemoryOptions {
  readonly store: VectorStore;
  readonly embedder: Embedder | undefined;
  readonly languageModel: LanguageModel | undefined;
  readonly instructions: string | undefined;
  readonly extractor: Extractor | undefined;
  readonly reranker: Reranker | undefined;
  readonly tenancy: Tenancy;
  readonly deployment: string;
}

const isolations: readonly Isolation[] = ["filtered", "routed", "physical"];

/** @throws InvalidInputError, InsufficientIsolationError, UnsupportedError */
export function parseMemoryOptions(options: unknown): CheckedMemoryOptions {
  if (typeof options !== "object" || options === null) {
    fail("options", 'must be an object with a store, such as { store: inMemory() } from "@loci/core"');
  }
  const fields = readFields(
    options,
    [
      "store",
      "embedder",
      "languageModel",
      "instructions",
      "extractor",
      "reranker",
      "tenancy",
      "deployment",
      "isolation",
    ],
    "options",
  );
  const store = parseStore(fields.get("store"));
  const embedder = parseEmbedder(fields.get("embedder"));
  const tenancy = fields.get("tenancy") ?? "multi";
  if (tenancy !== "multi" && tenancy !== "single") fail("tenancy", 'must be "multi" or "single"');
  const deployment = fields.get("deployment") ?? "default";
  if (
    typeof deployment !== "string" ||
    !/^[^\p{Cc}]{1,256}$/u.test(deployment) ||
    !deployment.isWellFormed()
  ) {
    fail("deployment", "must be a string of 1 to 256 characters");
  }
  const isolation = (fields.get("isolation") ?? "physical") as Isolation;
  if (!isolations.includes(isolation)) fail("isolation", 'must be "physical", "routed" or "filtered"');
  const offered = store.capabilities.isolation;
  if (isolations.indexOf(offered) < isolations.indexOf(isolation)) {
    throw new InsufficientIsolationError(
      `The ${store.name} store keeps organizations apart by ${offered} isolation, and ${isolation} is demanded. Take a store with physical isolation, or accept less in your own code with isolation: "${offered}".`,
    );
  }
  if (!embedder && !store.capabilities.keyword) {
    throw new UnsupportedError(
      `The ${store.name} store has no keyword search: give an embedder, or nothing could be found.`,
    );
  }
  const languageModel = parseLanguageModel(fields.get("languageModel"));
  const instructions = parseInstructions(fields.get("instructions"));
  const extractor = parseExtractor(fields.get("extractor"));
  if (!languageModel && (extractor || instructions !== undefined)) {
    fail(
      "languageModel",
      "is missing: instructions and extractor are for the one that turns messages into facts",
    );
  }
  return {
    store,
    embedder,
    languageModel,
    instructions,
    extractor,
    reranker: parseReranker(fields.get("reranker")),
    tenancy,
    deployment,
  };
}

function parseStore(value: unknown): VectorStore {
  const store = value as Partial<VectorStore> | null | undefined;
  if (typeof store?.open !== "function")
    fail("store", 'must be a store, such as inMemory() from "@loci/core"');
  if (store.specVersion !== 1)
    fail(
      "store",
      `speaks version ${String(store.specVersion)} of the store contract; this version of Loci knows version 1`,
    );
  return store as VectorStore;
}

function parseEmbedder(value: unknown): Embedder | undefined {
  if (value === undefined || value === null) return undefined;
  const embedder = value as Partial<Embedder>;
  if (
    typeof embedder.embed !== "function" ||
    typeof embedder.describe !== "function" ||
    typeof embedder.id !== "string" ||
    embedder.id === ""
  ) {
    fail("embedder", "must be an embedder with an id, a describe and an embed function");
  }
  if (embedder.specVersion !== 1)
    fail(
      "embedder",
      `speaks version ${String(embedder.specVersion)} of the embedder contract; this version of Loci knows version 1`,
    );
  for (const [name, value] of [
    ["maxBatch", embedder.maxBatch],
    ["maxConcurrency", embedder.maxConcurrency ?? 1],
  ] as const) {
    if (!Number.isInteger(value) || (value ?? 0) < 1)
      fail(`embedder.${name}`, "must be a whole number from 1 on");
  }
  return embedder as Embedder;
}

function parseLanguageModel(value: unknown): LanguageModel | undefined {
  if (value === undefined) return undefined;
  const model = value as Partial<LanguageModel> | null;
  if (
    typeof model?.generate !== "function" ||
    typeof model.describe !== "function" ||
    typeof model.id !== "string" ||
    model.id === ""
  ) {
    fail("languageModel", "must be a language model with an id, a describe and a generate function");
  }
  if (model.specVersion !== 1)
    fail(
      "languageModel",
      `speaks version ${String(model.specVersion)} of the language model contract; this version of Loci knows version 1`,
    );
  return model as LanguageModel;
}

const maxInstructions = 4000;

function parseInstructions(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.length > maxInstructions)
    fail("instructions", `must be a text of 1 to ${maxInstructions} characters`);
  return value;
}

function parseExtractor(value: unknown): Extractor | undefined {
  if (value === undefined) return undefined;
  const extractor = value as Partial<Extractor> | null;
  if (
    typeof extractor?.extract !== "function" ||
    typeof extractor.id !== "string" ||
    !Number.isFinite(extractor.overheadTokens)
  ) {
    fail("extractor", "must have an id, overheadTokens and an extract function");
  }
  return extractor as Extractor;
}

function parseReranker(value: unknown): Reranker | undefined {
  if (value === undefined) return undefined;
  const reranker = value as Partial<Reranker> | null;
  if (
    typeof reranker?.rerank !== "function" ||
    typeof reranker.id !== "string" ||
    reranker.specVersion !== 1
  ) {
    fail("reranker", "must be a reranker of version 1 with an id and a rerank function");
  }
  return reranker as Reranker;
}

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}
