import { InsufficientIsolationError } from "./errors/insufficient-isolation-error.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import { UnsupportedError } from "./errors/unsupported-error.ts";
import type { Extractor } from "./extraction/extractor.ts";
import { readFields } from "./input/options.ts";
import type { KeyProvider } from "./keys/key-provider.ts";
import type { Embedder } from "./models/embedder.ts";
import type { LanguageModel } from "./models/language-model.ts";
import type { Reranker } from "./models/reranker.ts";
import { onlyName } from "./namespace/place.ts";
import type { Isolation, VectorStore } from "./store/vector-store.ts";

/** One of the stores of a region. */
export interface Cell {
  readonly store: VectorStore;
  /**
   * How many organizations it may hold; processes that fill it at the same moment may go over it by a few. Default: any
   * number, and then the emptiest cell is the one with the fewest.
   */
  readonly ceiling?: number;
}

/** Everything that memories need: a store, or several, and models. An organization's memories go nowhere else. */
export interface RegionOptions {
  /** Where memories are kept. Needed, unless there are `cells`. */
  readonly store?: VectorStore;
  /** Several stores, by names of 1 to 64 letters, digits, `.`, `_` and `-`: a new organization goes to the emptiest. */
  readonly cells?: Readonly<Record<string, Cell>>;
  /** Makes search find what is meant, not only what is said. Default: none, search is by keyword. */
  readonly embedder?: Embedder | null;
  /**
   * Embedders whose vectors organizations still hold, until `reembed` has brought them over to `embedder`; null stands for
   * organizations that hold none yet. Default: none, and then an organization of another embedder is refused.
   */
  readonly formerEmbedders?: readonly (Embedder | null)[];
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
  /**
   * Encrypts the text, metadata and history of organizations that begin from now on, each with keys of its own. Default:
   * none. What it costs and does not cover is in the guide on encryption.
   */
  readonly keys?: KeyProvider;
}

/** The names of what a region has. */
export const regionFields = [
  "store",
  "cells",
  "embedder",
  "formerEmbedders",
  "languageModel",
  "instructions",
  "extractor",
  "reranker",
  "keys",
] as const;

/** The same, checked and with its defaults. */
export interface CheckedRegion {
  readonly name: string;
  readonly cells: ReadonlyMap<string, { readonly store: VectorStore; readonly ceiling: number }>;
  readonly embedder: Embedder | undefined;
  readonly formerEmbedders: readonly (Embedder | null)[];
  readonly languageModel: LanguageModel | undefined;
  readonly instructions: string | undefined;
  readonly extractor: Extractor | undefined;
  readonly reranker: Reranker | undefined;
  readonly keys: KeyProvider | undefined;
}

const isolations: readonly Isolation[] = ["filtered", "routed", "physical"];

/**
 * @param path where the region stands, with a dot at its end; empty where there is only one
 * @throws InvalidInputError, InsufficientIsolationError, UnsupportedError
 */
export function parseRegion(
  name: string,
  fields: ReadonlyMap<string, unknown>,
  isolation: Isolation,
  path: string,
): CheckedRegion {
  const cells = parseCells(fields, isolation, path);
  const embedder = parseEmbedder(fields.get("embedder"), `${path}embedder`);
  const formerEmbedders = parseFormer(fields.get("formerEmbedders"), `${path}formerEmbedders`);
  for (const { store } of cells.values()) {
    if (store.capabilities.keyword || (embedder && !formerEmbedders.includes(null))) continue;
    throw new UnsupportedError(
      `The ${store.name} store has no keyword search: give an embedder, or nothing could be found.`,
    );
  }
  const languageModel = parseLanguageModel(fields.get("languageModel"), `${path}languageModel`);
  const instructions = parseInstructions(fields.get("instructions"), `${path}instructions`);
  const extractor = parseExtractor(fields.get("extractor"), `${path}extractor`);
  if (!languageModel && (extractor || instructions !== undefined)) {
    fail(
      `${path}languageModel`,
      "is missing: instructions and extractor are for the one that turns messages into facts",
    );
  }
  return {
    name,
    cells,
    embedder,
    formerEmbedders,
    languageModel,
    instructions,
    extractor,
    reranker: parseReranker(fields.get("reranker"), `${path}reranker`),
    keys: parseKeys(fields.get("keys"), `${path}keys`),
  };
}

/** The entries of an untrusted object whose keys are names, each read once. */
export function parseNamed(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    fail(path, "must be an object with a name for each");
  const entries = Object.entries(value);
  if (entries.length === 0) fail(path, "has none: name at least one");
  for (const [name] of entries) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
      fail(path, `has the name ${JSON.stringify(name)}; a name is 1 to 64 letters, digits, ".", "_" and "-"`);
  }
  return new Map(entries);
}

function parseCells(
  fields: ReadonlyMap<string, unknown>,
  isolation: Isolation,
  path: string,
): CheckedRegion["cells"] {
  if (!fields.has("cells")) {
    const store = parseStore(fields.get("store"), `${path}store`);
    assertIsolation(store, isolation);
    return new Map([[onlyName, { store, ceiling: Number.POSITIVE_INFINITY }]]);
  }
  if (fields.has("store")) fail(`${path}store`, "is given beside cells: name it as one of them");
  const cells = [...parseNamed(fields.get("cells"), `${path}cells`)].map(([name, value]) => {
    const at = `${path}cells.${name}`;
    if (typeof value !== "object" || value === null) fail(at, "must be an object with a store");
    const cell = readFields(value, ["store", "ceiling"], at);
    const store = parseStore(cell.get("store"), `${at}.store`);
    assertIsolation(store, isolation);
    const ceiling = cell.get("ceiling") ?? Number.POSITIVE_INFINITY;
    if (typeof ceiling !== "number" || !(ceiling >= 1)) fail(`${at}.ceiling`, "must be a number from 1 on");
    return [name, { store, ceiling }] as const;
  });
  return new Map(cells);
}

function assertIsolation(store: VectorStore, demanded: Isolation): void {
  const offered = store.capabilities.isolation;
  if (isolations.indexOf(offered) >= isolations.indexOf(demanded)) return;
  throw new InsufficientIsolationError(
    `The ${store.name} store keeps organizations apart by ${offered} isolation, and ${demanded} is demanded. Take a store with physical isolation, or accept less in your own code with isolation: "${offered}".`,
  );
}

export function parseIsolation(value: unknown): Isolation {
  const isolation = (value ?? "physical") as Isolation;
  return isolations.includes(isolation)
    ? isolation
    : fail("isolation", 'must be "physical", "routed" or "filtered"');
}

function parseFormer(value: unknown, path: string): readonly (Embedder | null)[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) fail(path, "must be a list of embedders, or of null");
  return Array.from(value, (item: unknown, index) => parseEmbedder(item, `${path}[${index}]`) ?? null);
}

function parseKeys(value: unknown, path: string): KeyProvider | undefined {
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

function parseEmbedder(value: unknown, path: string): Embedder | undefined {
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

function parseLanguageModel(value: unknown, path: string): LanguageModel | undefined {
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

function parseInstructions(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.length > maxInstructions)
    fail(path, `must be a text of 1 to ${maxInstructions} characters`);
  return value;
}

function parseExtractor(value: unknown, path: string): Extractor | undefined {
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

function parseReranker(value: unknown, path: string): Reranker | undefined {
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

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}
