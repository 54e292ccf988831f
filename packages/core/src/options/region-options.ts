import { InsufficientIsolationError } from "../errors/insufficient-isolation-error.ts";
import { UnsupportedError } from "../errors/unsupported-error.ts";
import type { Extractor } from "../extraction/extractor.ts";
import { fail } from "../input/fail.ts";
import { readFields } from "../input/read-fields.ts";
import type { KeyProvider } from "../keys/key-provider.ts";
import type { Embedder } from "../models/embedder.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Reranker } from "../models/reranker.ts";
import type { Isolation, VectorStore } from "../store/vector-store.ts";
import { defaultName } from "../tenancy/location.ts";
import {
  parseEmbedder,
  parseEmbedders,
  parseExtractor,
  parseInstructions,
  parseKeys,
  parseLanguageModel,
  parseReranker,
  parseStore,
} from "./parse-parts.ts";

/** One of the stores of a region. */
interface CellOptions {
  readonly store: VectorStore;
  /**
   * How many organizations it may hold. Processes that fill it at the same time may exceed it by a few. Default: any
   * number; then the emptiest cell is the one with the fewest organizations.
   */
  readonly ceiling?: number;
}

/**
 * The store and the models of a region. Nothing of an organization in this region goes anywhere else.
 * @example
 * ```ts
 * const regions: Record<string, RegionOptions> = { eu: { store: inMemory() }, us: { store: inMemory() } };
 * const memory = new Memory({ regions, registry: inMemory() });
 * ```
 */
export interface RegionOptions {
  /** Where memories are stored, such as `sqlite({ directory })`. Required without `cells`. */
  readonly store?: VectorStore;
  /** Several stores by name. A new organization goes to the emptiest. Names are 1 to 64 letters, digits, `.`, `_` and `-`. */
  readonly cells?: Readonly<Record<string, CellOptions>>;
  /** Makes vectors, so that search finds by meaning too. Default, and null: none, search is by keyword. */
  readonly embedder?: Embedder | null;
  /**
   * Embedders whose vectors organizations still have, until `reembed` replaces them with those of `embedder`. null stands
   * for organizations without vectors. Default: none; then an organization of another embedder is refused.
   */
  readonly formerEmbedders?: readonly (Embedder | null)[];
  /** Turns messages into facts, with one call for each `add`. Default: none, messages are stored as they are. */
  readonly languageModel?: LanguageModel;
  /**
   * Instructions for the language model besides Loci's own, such as what matters to this application. 1 to 4,000
   * characters, which leave less room for the conversation. Default: none.
   */
  readonly instructions?: string;
  /** Replaces the step that turns a conversation into facts. Default: one call with Loci's own prompt. */
  readonly extractor?: Extractor;
  /** Reorders the best results of a search. Default: none. */
  readonly reranker?: Reranker;
  /**
   * Encrypts the text, metadata and history of organizations that are created from now on, each with keys of its own. The
   * guide on encryption says what it costs and does not cover. Default: none.
   */
  readonly keys?: KeyProvider;
}

/** The names of a region's options. */
export const regionFields: readonly string[] = Object.keys({
  store: true,
  cells: true,
  embedder: true,
  formerEmbedders: true,
  languageModel: true,
  instructions: true,
  extractor: true,
  reranker: true,
  keys: true,
} satisfies Record<keyof RegionOptions, true>);

/** Validated options of a region with their defaults. */
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
 * @param path the path of the region in the options, with a dot at its end; empty with one region
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
  const formerEmbedders = parseEmbedders(fields.get("formerEmbedders"), `${path}formerEmbedders`);
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
    return new Map([[defaultName, { store, ceiling: Number.POSITIVE_INFINITY }]]);
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
